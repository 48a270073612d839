// Ctrl+Enter runs; an example goes into the box, a column to where the cursor is.

const form = document.getElementById("ask");
const box = document.getElementById("sql");

box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit(form.querySelector(".go"));
  }
});
for (const example of document.querySelectorAll("[data-sql]")) {
  example.addEventListener("click", (event) => {
    event.preventDefault();
    box.value = example.dataset.sql;
    form.requestSubmit(form.querySelector(".go"));
  });
}
form.addEventListener("submit", (event) => {
  if (!event.submitter?.name) document.body.classList.add("busy");
});
