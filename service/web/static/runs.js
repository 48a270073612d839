// Progress as it goes: the part of the page that shows it is read again, once a second while a run
// is under way and now and then while none is. When a run begins or ends, so is the rest.

const BUSY_MS = 1000, IDLE_MS = 4000;

async function read(path) {
  const answer = await fetch(path, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function swap(id, from) {
  const [old, fresh] = [document.getElementById(id), from.getElementById(id)];
  if (old && fresh) old.replaceWith(document.adoptNode(fresh));
}

function idle() {
  return document.querySelector("#now progress") === null;
}

function said() {
  if (!idle()) return "A run is under way.";
  return document.querySelector("#now .problem") ? "A run was killed." : "The run has ended.";
}

let stale = false;

async function look() {
  const before = document.getElementById("now").dataset.key;
  swap("now", await read("/runs/now"));
  const after = document.getElementById("now").dataset.key;
  if (after !== before) {
    stale = true;
    document.getElementById("said").textContent = said();
  }
  // Whoever is choosing something in the history keeps it until they have left it.
  if (stale && !document.getElementById("history").contains(document.activeElement)) {
    swap("history", await read(location.pathname + location.search));
    stale = false;
  }
}

async function keep() {
  try {
    if (document.visibilityState === "visible") await look();
  } catch {
    // The service is gone or busy: what is shown stays, and is tried again.
  }
  setTimeout(keep, idle() ? IDLE_MS : BUSY_MS);
}

setTimeout(keep, idle() ? IDLE_MS : BUSY_MS);
