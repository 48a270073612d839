// A piece on a page: it is played, changed, and replaced by what was made of it, all in place.

import { making } from "./making.js";
import { patch } from "./patch.js";
import { player } from "./player.js";

const WAIT_MS = 350;

export function pieces(told, shown) {
  const follow = making(told);
  let playing = null;
  let busy = false;

  const parsed = async (answer) => new DOMParser().parseFromString(await answer.text(), "text/html");

  // Shows a piece from the beginning, or from where another one was heard.
  const show = async (id, from = null) => {
    let page;
    try {
      page = await parsed(await fetch(`/song/${encodeURIComponent(id)}`));
    } catch {
      told("The service does not answer. Is it still running?");
      return;
    }
    if (!page.getElementById("song")) {
      told(page.querySelector("h1 + p")?.textContent ?? "There is no such piece.");
      return;
    }
    playing?.leave();
    for (const part of ["song", "measured"]) {
      document.getElementById(part)?.replaceWith(document.importNode(page.getElementById(part), true));
    }
    shown(id, page);
    await begin();
    if (from) await playing?.resume(from.at, from.on);
    document.querySelector("#song .play").focus({ preventScroll: from !== null });
  };
  const begin = async () => {
    playing = await player(document.getElementById("song"), told);
  };
  const made = async (send) => {
    if (busy) {
      told("A piece is being made; cancel it to begin another.");
      return;
    }
    busy = true;
    const ids = await follow(send);
    busy = false;
    if (ids?.length) await show(ids.at(0));
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.id !== "edit") return;
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form, event.submitter));
    made(() => fetch(form.action, { method: "POST", body }));
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-song]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(link.dataset.song, playing && { at: playing.at(), on: playing.playing() });
  });
  previewed(parsed);
  begin();
  return { show, made };
}

// What words would change is told while they are typed.
function previewed(parsed) {
  let timer = 0;
  let asking = null;
  document.addEventListener("input", (event) => {
    if (event.target.id !== "words") return;
    clearTimeout(timer);
    asking?.abort();
    timer = setTimeout(async () => {
      const { form, value } = event.target;
      const preview = document.getElementById("preview");
      if (!value.trim()) return preview.replaceChildren();
      asking = new AbortController();
      const body = new URLSearchParams({ words: value, preview: "yes" });
      try {
        const page = await parsed(await fetch(form.action, { method: "POST", body, signal: asking.signal }));
        const trouble = page.querySelector("#song > [role=alert]");
        if (trouble) preview.textContent = trouble.textContent;
        else patch(preview, page.getElementById("preview"));
      } catch {
        // Aborted by the next letter, or away: the button will say so.
      }
    }, WAIT_MS);
  });
}
