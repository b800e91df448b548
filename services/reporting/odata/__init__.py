"""Read-only OData v4: the figures and lists as tables that Excel, Power BI and others read by themselves.

Every number comes from where the JSON comes from; only the shape differs. One row is one flat record.
"""
