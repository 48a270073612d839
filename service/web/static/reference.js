// Finds operations as one types; without this the form asks the service.
const field = document.getElementById("q");
const found = document.getElementById("found");
const operations = [...document.querySelectorAll(".operation")];
const entries = new Map(
  [...document.querySelectorAll(".contents li")].map((item) => [item.firstElementChild.hash.slice(1), item]),
);

function show() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const operation of operations) {
    const text = operation.dataset.text.toLowerCase();
    const fits = words.every((word) => text.includes(word));
    operation.hidden = !fits;
    entries.get(operation.id).hidden = !fits;
    count += fits;
  }
  for (const chapter of document.querySelectorAll(".chapter")) {
    chapter.hidden = !chapter.querySelector(".operation:not([hidden])");
  }
  for (const part of document.querySelectorAll("#all-models, #tokens")) part.hidden = words.length > 0;
  found.value = words.length ? `${count} found` : "";
}

// A page that was found by the service has those operations alone.
if (!field.value) {
  field.addEventListener("input", show);
  document.getElementById("find").addEventListener("submit", (event) => event.preventDefault());
}
