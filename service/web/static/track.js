// The page of a track: parts that take a while come in when they are ready, the playhead follows the
// sound, a click on the drawing or a section plays from there.

async function include(part) {
  const answer = await fetch(part.dataset.include);
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = page.getElementById(part.id);
  if (!next) return;
  if (part.id === "timeline") draw(part, next);
  else part.replaceWith(document.adoptNode(next));
}

// The sound stays where it is, so that it plays on.
function draw(part, next) {
  const [found, words] = [next.querySelector(".timeline"), next.querySelector(".timeline + p")];
  if (!found || !words) return;
  part.querySelector(".timeline + p").replaceWith(document.adoptNode(words));
  part.querySelector(".timeline").replaceWith(document.adoptNode(found));
  follow(part);
}

function follow(part) {
  const audio = part.querySelector("audio");
  const drawing = part.querySelector(".timeline");
  if (!audio || !drawing) return;
  const head = drawing.querySelector(".playhead");
  const placed = () => {
    const at = `${(100 * audio.currentTime) / (audio.duration || 1)}%`;
    head.setAttribute("x1", at);
    head.setAttribute("x2", at);
    head.setAttribute("visibility", "visible");
    if (!audio.paused && drawing.isConnected) requestAnimationFrame(placed);
  };
  for (const kind of ["play", "pause", "seeked"]) audio.addEventListener(kind, placed);
  drawing.classList.add("seekable");
  drawing.addEventListener("click", (event) => {
    const box = drawing.getBoundingClientRect();
    audio.currentTime = ((event.clientX - box.left) / box.width) * audio.duration;
    placed();
  });
}

const timeline = document.getElementById("timeline");
const audio = timeline.querySelector("audio");
if (audio) {
  timeline.classList.add("scripted");
  for (const button of timeline.querySelectorAll("[data-at]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      audio.currentTime = Number(button.dataset.at);
      audio.play();
    });
  }
}
follow(timeline);
for (const part of document.querySelectorAll("[data-include]")) include(part).catch(() => {});
