// The map of the catalogue on a canvas: coloured points that are selected by dragging, zoomed,
// walked through with the arrow keys. What it draws comes from /v1/map.

const NEAR_PX = 14;
const CLICK_PX = 5;
const MOST_ZOOM = 40;

export function catalogueMap(root, { select, open }) {
  const canvas = root.querySelector("canvas");
  const tip = root.querySelector(".tip");
  const said = root.querySelector("#map-said");
  const pen = canvas.getContext("2d");
  const coarse = matchMedia("(pointer: coarse)").matches;
  const view = { x: 0.5, y: 0.5, zoom: 1 };
  let data = { points: [], colour: { legend: [] } };
  let looks = [];
  let here = null; // the point under the pointer or the keyboard
  let drag = null;
  let box = null;
  let mode = coarse ? "" : "select";
  let size = { width: 0, height: 0 };

  const side = () => (Math.min(size.width, size.height) - 28) * view.zoom;
  const toScreen = (p) => [
    size.width / 2 + (p.x - view.x) * side(),
    size.height / 2 - (p.y - view.y) * side(),
  ];
  const toMap = (x, y) => ({
    x: view.x + (x - size.width / 2) / side(),
    y: view.y - (y - size.height / 2) / side(),
  });

  function style(name) {
    return getComputedStyle(root).getPropertyValue(name).trim();
  }

  function load(next) {
    data = next;
    looks = data.colour.legend.map((entry) => ({
      path: new Path2D(entry.shape),
      colour: entry.colour,
    }));
    here = null;
    canvas.dataset.points = String(data.points.length);
    draw();
  }

  let asked = 0;
  function draw() {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(paint);
  }

  function paint() {
    const ratio = devicePixelRatio || 1;
    size = { width: canvas.clientWidth, height: canvas.clientHeight };
    canvas.width = Math.round(size.width * ratio);
    canvas.height = Math.round(size.height * ratio);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    const fills = looks.map((look) => style(`--${look.colour}`));
    const edge = style("--surface");
    const grow = (data.points.length > 1500 ? 0.75 : 1.05) * Math.min(2, Math.sqrt(view.zoom));
    for (const chosen of [false, true]) {
      pen.globalAlpha = chosen ? 1 : 0.16;
      for (const point of data.points) {
        if (point.chosen === chosen) shape(point, fills[point.group], edge, grow, ratio);
      }
    }
    pen.globalAlpha = 1;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    const marked = data.points.find((point) => point.track_id === root.dataset.mark);
    if (marked) ring(marked, 13, 3);
    if (here) ring(here, 10, 2);
    const drawn = drag?.select ? corners(drag) : box && fromBox();
    if (drawn) rectangle(drawn);
    place();
  }

  function shape(point, fill, edge, grow, ratio) {
    const [x, y] = toScreen(point);
    if (x < -9 || y < -9 || x > size.width + 9 || y > size.height + 9) return;
    pen.setTransform(ratio * grow, 0, 0, ratio * grow, x * ratio, y * ratio);
    pen.fillStyle = fill;
    pen.strokeStyle = edge;
    pen.lineWidth = 0.8;
    pen.fill(looks[point.group].path);
    pen.stroke(looks[point.group].path);
  }

  function ring(point, radius, width) {
    const [x, y] = toScreen(point);
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.lineWidth = width;
    pen.strokeStyle = style("--user");
    pen.stroke();
  }

  function rectangle([x, y, width, height]) {
    pen.fillStyle = style("--user");
    pen.globalAlpha = 0.1;
    pen.fillRect(x, y, width, height);
    pen.globalAlpha = 1;
    pen.strokeStyle = style("--user");
    pen.lineWidth = 1.5;
    pen.setLineDash([5, 4]);
    pen.strokeRect(x, y, width, height);
    pen.setLineDash([]);
  }

  const corners = ({ from, to }) => [
    Math.min(from.x, to.x), Math.min(from.y, to.y),
    Math.abs(to.x - from.x), Math.abs(to.y - from.y),
  ];
  function fromBox() {
    const [left, bottom] = toScreen({ x: box[0], y: box[1] });
    const [right, top] = toScreen({ x: box[2], y: box[3] });
    return [left, top, right - left, bottom - top];
  }

  const naming = (point) =>
    `${point.title}${point.artist ? `, ${point.artist}` : ""}: ${point.told}`;

  function place() {
    tip.hidden = !here;
    if (!here) return;
    tip.textContent = naming(here);
    const [x, y] = toScreen(here);
    const left = Math.min(Math.max(4, x - tip.offsetWidth / 2), size.width - tip.offsetWidth - 4);
    const above = y - tip.offsetHeight - 14;
    tip.style.transform = `translate(${left}px, ${above < 0 ? y + 14 : above}px)`;
  }

  function nearest(x, y) {
    let best = null;
    let least = NEAR_PX ** 2;
    for (const point of data.points) {
      const [px, py] = toScreen(point);
      const away = (px - x) ** 2 + (py - y) ** 2 + (point.chosen ? 0 : 40);
      if (away < least) [best, least] = [point, away];
    }
    return best;
  }

  const clamped = (value) => Math.min(1, Math.max(0, value));
  const at = (event) => {
    const bounds = canvas.getBoundingClientRect();
    return { x: event.clientX - bounds.left, y: event.clientY - bounds.top };
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const from = at(event);
    const moving = mode === "move" || event.shiftKey;
    drag = { from, to: from, select: !moving && mode === "select", moving, view: { ...view } };
    if (mode) canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const now = at(event);
    if (!drag) {
      const found = nearest(now.x, now.y);
      if (found !== here) { here = found; draw(); }
      return;
    }
    drag.to = now;
    if (drag.moving) {
      view.x = drag.view.x - (now.x - drag.from.x) / side();
      view.y = drag.view.y + (now.y - drag.from.y) / side();
    }
    draw();
  });
  canvas.addEventListener("pointerup", (event) => {
    if (!drag) return;
    const done = drag;
    drag = null;
    const [, , width, height] = corners(done);
    if (Math.max(width, height) < CLICK_PX) {
      const point = nearest(done.from.x, done.from.y);
      if (point) open(point.track_id, event);
      else if (box) select(null);
    } else if (done.select) {
      const a = toMap(done.from.x, done.from.y);
      const b = toMap(done.to.x, done.to.y);
      const ends = [a.x, a.y, b.x, b.y].map(clamped);
      select([Math.min(ends[0], ends[2]), Math.min(ends[1], ends[3]),
        Math.max(ends[0], ends[2]), Math.max(ends[1], ends[3])]);
    }
    draw();
  });
  canvas.addEventListener("pointercancel", () => { drag = null; draw(); });
  canvas.addEventListener("pointerleave", () => { if (!drag) { here = null; draw(); } });

  function zoom(factor, x = size.width / 2, y = size.height / 2) {
    const before = toMap(x, y);
    view.zoom = Math.min(MOST_ZOOM, Math.max(1, view.zoom * factor));
    const after = toMap(x, y);
    view.x += before.x - after.x;
    view.y += before.y - after.y;
    if (view.zoom === 1) whole();
    draw();
  }
  function whole() {
    Object.assign(view, { x: 0.5, y: 0.5, zoom: 1 });
    draw();
  }
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const { x, y } = at(event);
    zoom(event.deltaY < 0 ? 1.25 : 0.8, x, y);
  }, { passive: false });

  const ways = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  canvas.addEventListener("keydown", (event) => {
    if (event.key in ways) walk(ways[event.key]);
    else if (event.key === "Enter" && here) open(here.track_id, event);
    else if (event.key === "Escape" && box) select(null);
    else if (event.key === "+" || event.key === "=") zoom(1.5);
    else if (event.key === "-") zoom(1 / 1.5);
    else if (event.key === "0") whole();
    else return;
    event.preventDefault();
  });
  // To the nearest chosen point that lies more that way than aside.
  function walk([dx, dy]) {
    const from = here ?? { x: view.x, y: view.y };
    let best = null;
    let least = Infinity;
    for (const point of data.points) {
      if (!point.chosen || point === here) continue;
      const [ax, ay] = [point.x - from.x, point.y - from.y];
      const along = ax * dx + ay * dy;
      const aside = Math.abs(ax * dy) + Math.abs(ay * dx);
      if (here && (along <= 0 || aside > along)) continue;
      const away = ax ** 2 + ay ** 2;
      if (away < least) [best, least] = [point, away];
    }
    if (!best) return;
    here = best;
    const [x, y] = toScreen(best);
    if (x < 0 || y < 0 || x > size.width || y > size.height) Object.assign(view, { x: best.x, y: best.y });
    said.textContent = naming(best);
    draw();
  }
  canvas.addEventListener("blur", () => { here = null; draw(); });

  function dragging(next) {
    mode = next;
    canvas.dataset.mode = mode;
    for (const button of root.querySelectorAll("[data-mode]:is(button)")) {
      button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    }
  }
  for (const button of root.querySelectorAll("button[data-mode]")) {
    button.addEventListener("click", () =>
      dragging(coarse && mode === button.dataset.mode ? "" : button.dataset.mode));
  }
  for (const button of root.querySelectorAll("button[data-zoom]")) {
    const factors = { in: 1.6, out: 1 / 1.6 };
    const factor = factors[button.dataset.zoom];
    button.addEventListener("click", () => (factor ? zoom(factor) : whole()));
  }
  for (const hidden of root.querySelectorAll("canvas, .tools, .scripted-only")) hidden.hidden = false;
  dragging(mode);
  new ResizeObserver(draw).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  return {
    load,
    brush: (ends) => { box = ends; draw(); },
    mark: (track) => {
      const point = data.points.find((one) => one.track_id === track) ?? null;
      if (point !== here) { here = point; draw(); }
    },
  };
}
