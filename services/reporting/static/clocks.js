// The sliders of the two clocks: a step is a month. Without this script the date fields do the same.
for (const slider of document.querySelectorAll(".clocks input[type=range]")) {
  const { from, to, at } = slider.dataset;
  const field = document.getElementById(slider.dataset.for);
  const months = (day) => 12 * Number(day.slice(0, 4)) + Number(day.slice(5, 7)) - 1;
  const lastDay = (month) => new Date(Date.UTC(Math.floor(month / 12), (month % 12) + 1, 0)).toISOString().slice(0, 10);

  slider.min = months(from);
  slider.max = months(to);
  slider.value = months(at);
  slider.hidden = slider.min === slider.max;
  slider.addEventListener("input", () => {
    const day = lastDay(Number(slider.value));
    field.value = day < to ? day : to;
    slider.setAttribute("aria-valuetext", field.value);
  });
  slider.addEventListener("change", () => slider.form.requestSubmit());
}
