// Follows jobs until they have ended: how far each is, and an end to all of them on request.

export function making(told) {
  const card = document.getElementById("making");
  const list = document.getElementById("jobs");
  const status = document.getElementById("making-told");
  const cancel = document.getElementById("cancel");
  let current = [];

  cancel.addEventListener("click", async () => {
    cancel.disabled = true;
    for (const { id } of current) {
      await fetch(`/v1/jobs/${id}`, { method: "DELETE" }).catch(() => told("The service does not answer."));
    }
  });

  // Sends what makes jobs; answers with the ids of what was made, or null where nothing began.
  return async function follow(send) {
    told("");
    let answer;
    try {
      answer = await send();
    } catch {
      told("The service does not answer. Is it still running?");
      return null;
    }
    const ids = new URL(answer.url).pathname.match(/^\/making\/(.+)$/)?.[1];
    if (!ids) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const said = page.querySelector("[role=alert]:not(:empty), h1 + p")?.textContent.trim();
      told(said || `It could not be made (${answer.status}).`);
      return null;
    }
    card.hidden = false;
    cancel.disabled = false;
    list.replaceChildren();
    current = ids.split(",").map((id, i) => ({ id, ...bar(list, i) }));
    status.textContent = "Making your piece";
    const ended = await Promise.all(current.map(watched));
    card.hidden = true;
    current = [];
    const troubles = ended.filter((job) => job.state !== "done");
    const failed = troubles.find((job) => job.error);
    if (troubles.length) told(failed?.error ?? "Cancelled.");
    const made = ended.map((job) => job.generation_id).filter(Boolean);
    status.textContent = made.length ? "It is ready to play" : "";
    return made;
  };
}

function bar(list, i) {
  const row = document.createElement("div");
  row.className = "job";
  const label = document.createElement("label");
  const progress = document.createElement("progress");
  progress.max = 1;
  progress.value = 0;
  progress.id = `progress-${i}`;
  label.htmlFor = progress.id;
  label.textContent = "waiting";
  row.append(label, progress);
  list.append(row);
  return { label, progress };
}

function watched({ id, label, progress }) {
  return new Promise((done) => {
    const events = new EventSource(`/v1/jobs/${id}/events`);
    const shown = (event) => {
      const job = JSON.parse(event.data);
      progress.value = Math.max(progress.value, job.progress);
      const doing = job.doing || (job.state === "queued" ? "waiting" : job.state);
      label.textContent = job.ahead ? `${doing}, ${job.ahead} before it` : doing;
      return job;
    };
    events.addEventListener("progress", shown);
    events.addEventListener("end", (event) => {
      events.close();
      done(shown(event));
    });
    // A stream that breaks is opened again by the browser; one that is refused is not.
    events.onerror = () => {
      if (events.readyState === EventSource.CLOSED) {
        done({ state: "lost", error: "The service forgot the job, or has ended." });
      } else {
        label.textContent = "the service does not answer; trying again";
      }
    };
  });
}
