// The page of one piece.

import { pieces } from "./piece.js";

const told = (text) => { document.getElementById("trouble").textContent = text; };

pieces(told, (id, page) => {
  history.pushState({}, "", `/song/${id}`);
  document.title = page.title;
  document.querySelector("h1").textContent = page.querySelector("h1").textContent;
});
addEventListener("popstate", () => location.reload());
