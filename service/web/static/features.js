// Features that are dragged, stepped with the arrow keys, and locked. A tempo is the form's own.

const STEP = 0.02;
const WIDTH = 180;

export function features(form, changed) {
  const fieldOf = (row) =>
    row.id === "feat-tempo_bpm" ? form.elements.bpm : row.querySelector("input");

  const hold = (row, share) => {
    const field = fieldOf(row);
    field.value = valueAt(Math.min(1, Math.max(0, share)), row.dataset);
    row.classList.add("user");
    row.querySelector(".lock").setAttribute("aria-pressed", "true");
    const x = (WIDTH * Math.min(1, Math.max(0, share))).toFixed(1);
    const line = row.querySelector(".value");
    line?.setAttribute("x1", x);
    line?.setAttribute("x2", x);
    if (field === form.elements.bpm) {
      form.elements.speed.value = "number";
      field.dispatchEvent(new Event("mirror"));
    }
  };
  const dragged = (event, row) => {
    const box = row.querySelector("svg").getBoundingClientRect();
    hold(row, (event.clientX - box.left) / box.width);
  };
  let held = null;
  document.addEventListener("pointerdown", (event) => {
    const drawing = event.target.closest?.(".feat[data-low] > svg");
    if (!drawing || event.button !== 0) return;
    held = drawing.closest(".feat");
    drawing.setPointerCapture(event.pointerId);
    dragged(event, held);
  });
  document.addEventListener("pointermove", (event) => {
    if (held) dragged(event, held);
  });
  for (const ending of ["pointerup", "pointercancel"]) {
    document.addEventListener(ending, () => {
      if (held) changed();
      held = null;
    });
  }
  document.addEventListener("click", (event) => {
    const lock = event.target.closest?.(".lock");
    const row = lock?.closest(".feat");
    if (!row) return;
    const locked = lock.getAttribute("aria-pressed") === "true";
    if (row.id === "feat-tempo_bpm") {
      form.elements.speed.value = locked ? "words" : "number";
      if (!locked) hold(row, shareOf(Number(row.dataset.value), row.dataset));
    } else {
      fieldOf(row).value = locked ? "" : Number(row.dataset.value).toFixed(Number(row.dataset.digits));
    }
    lock.setAttribute("aria-pressed", String(!locked));
    changed();
  });
  document.addEventListener("keydown", (event) => {
    const row = event.target.closest?.(".feat[data-low]");
    const by = { ArrowUp: STEP, ArrowDown: -STEP }[event.key];
    if (!row || !by || event.target !== row.querySelector("input")) return;
    event.preventDefault();
    const from = event.target.value === "" ? row.dataset.value : event.target.value;
    hold(row, shareOf(Number(from), row.dataset) + by);
    changed();
  });
  return { dragging: () => held !== null };
}

function valueAt(share, { low, high, scale, digits }) {
  const [a, b] = [Number(low), Number(high)];
  const value = scale === "log2" ? a * (b / a) ** share : a + (b - a) * share;
  return value.toFixed(Number(digits));
}

function shareOf(value, { low, high, scale }) {
  const [a, b] = [Number(low), Number(high)];
  return scale === "log2" ? Math.log(Math.max(value, a) / a) / Math.log(b / a) : (value - a) / (b - a);
}
