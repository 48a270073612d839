// Makes one piece of a page like another by changing what differs, and nothing else: what has the
// focus keeps it, what is being typed is not overwritten, and nothing blinks.

export function patch(old, fresh) {
  if (old.isEqualNode(fresh) && !(old instanceof Element && old.querySelector("input, select"))) return old;
  if (old.nodeName !== fresh.nodeName) {
    const copy = document.importNode(fresh, true);
    old.replaceWith(copy);
    return copy;
  }
  if (!(old instanceof Element)) {
    old.data = fresh.data;
    return old;
  }
  attributes(old, fresh);
  field(old, fresh);
  if (old.nodeName !== "SELECT" || old !== document.activeElement) children(old, fresh);
  return old;
}

function attributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    // Whether something is unfolded is the reader's own doing.
    if (!fresh.hasAttribute(name) && !(name === "open" && old.nodeName === "DETAILS")) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

function field(old, fresh) {
  if (!(old instanceof HTMLInputElement)) return;
  if (old.type === "radio" || old.type === "checkbox") old.checked = fresh.hasAttribute("checked");
  else if (old !== document.activeElement) old.value = fresh.getAttribute("value") ?? "";
}

// What tells a node from its brothers: its id, or its name, of which buttons and choices share one.
function key(node) {
  if (!(node instanceof Element) || !(node.id || node.getAttribute("name"))) return null;
  const shared = node.nodeName === "BUTTON" || node.type === "radio" || node.type === "hidden";
  return [node.nodeName, node.id, node.getAttribute("name"), shared ? node.getAttribute("value") : ""].join();
}

function children(old, fresh) {
  const known = new Map([...old.children].filter(key).map((child) => [key(child), child]));
  const wanted = new Set([...fresh.children].map(key));
  let at = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    while (at && key(at) && !wanted.has(key(at))) at = dropped(at);
    const same = known.get(key(child)) ?? (at && !key(at) && at.nodeName === child.nodeName ? at : null);
    if (!same) {
      old.insertBefore(document.importNode(child, true), at);
      continue;
    }
    // What is moved loses the focus: what stands before it goes instead.
    while (key(child) && at && at !== same && !key(at)) at = dropped(at);
    if (same !== at) old.insertBefore(same, at);
    else at = at.nextSibling;
    patch(same, child);
  }
  while (at) at = dropped(at);
}

function dropped(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}
