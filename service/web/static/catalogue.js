// The catalogue: filters, table and map follow each other without a new page; the address says it
// all, so that it can be shared and gone back to.

import { catalogueMap } from "./map.js";

const PENDING_MS = 3000;
const ON_THE_MAP = ["q", "where", "tag", "not_tag", "licence", "source", "box", "colour"];
const parts = ["#found", "#browse", "#legend", "#map-help"];
const root = document.getElementById("map");
const told = document.getElementById("told");

const map = catalogueMap(root, {
  select(ends) {
    const asked = new URLSearchParams(location.search);
    asked.delete("box");
    asked.delete("page");
    if (ends) asked.set("box", ends.map((end) => end.toFixed(4)).join(","));
    go(`/catalogue?${asked}`);
  },
  open(track, event) {
    const path = `/tracks/${track}`;
    if (event.ctrlKey || event.metaKey) window.open(path, "_blank", "noopener");
    else location.assign(path);
  },
});

let latest = 0;
async function go(address, remember = true) {
  const mine = ++latest;
  document.body.classList.add("busy");
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== latest) return;
    if (!next.querySelector("#found")) return location.assign(address); // a login, or a fault
    if (remember) history.pushState(null, "", answer.url);
    replace(next);
    await mapFor(mine);
  } catch {
    if (mine === latest) location.assign(address);
  } finally {
    if (mine === latest) document.body.classList.remove("busy");
  }
}

function replace(next) {
  const open = [...document.querySelectorAll("#browse details")].map((part) => part.open);
  const held = document.activeElement?.id;
  const inTable = document.activeElement?.closest("#found");
  for (const part of parts) {
    document.querySelector(part).replaceWith(next.querySelector(part));
  }
  document.querySelectorAll("#browse details").forEach((part, i) => { part.open = open[i]; });
  for (const text of document.querySelectorAll("#map .scripted-only")) text.hidden = false;
  root.dataset.mark = next.getElementById("map").dataset.mark;
  told.textContent = document.getElementById("found").dataset.told;
  const again = held && document.getElementById(held);
  if (again) again.focus({ preventScroll: true });
  else if (inTable) document.getElementById("found-title").focus({ preventScroll: true });
}

async function mapFor(mine) {
  const asked = new URLSearchParams();
  for (const [name, value] of new URLSearchParams(location.search)) {
    if (ON_THE_MAP.includes(name)) asked.append(name, value);
  }
  const answer = await fetch(`/v1/map?${asked}`);
  if (!answer.ok || mine !== latest) return;
  const data = await answer.json();
  if (mine !== latest) return;
  map.load(data);
  map.brush(asked.has("box") ? asked.get("box").split(",").map(Number) : null);
  if (data.pending) {
    setTimeout(() => { if (mine === latest) go(location.href, false); }, PENDING_MS);
  }
}

document.addEventListener("submit", (event) => {
  if (event.target.id !== "browse") return;
  event.preventDefault();
  go(`/catalogue?${new URLSearchParams(new FormData(event.target))}`);
});
document.addEventListener("change", (event) => {
  if (event.target.id === "colour") event.target.form.requestSubmit();
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("#found a, #browse a");
  const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (link && plain && link.pathname === "/catalogue") {
    event.preventDefault();
    go(link.href);
  }
});
for (const kind of ["mouseover", "focusin"]) {
  document.addEventListener(kind, (event) => {
    const row = event.target.closest?.("[data-track]");
    if (row) map.mark(row.dataset.track);
  });
}
addEventListener("popstate", () => go(location.href, false));
mapFor(latest);
