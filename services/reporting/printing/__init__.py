"""Reports to print and sign: what they say is gathered and worded here, and set on A4 pages by typst."""
