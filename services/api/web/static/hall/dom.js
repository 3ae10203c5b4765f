// Elements, small and without markup in strings: what people typed is never read as HTML.

export const $ = (id) => document.getElementById(id);

export function el(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made[name] = value;
    else if (name in made && typeof value !== "string") made[name] = value;
    else if (name === "class") made.className = value;
    else if (name === "text") made.textContent = value;
    else if (name === "value") made.value = value;
    else made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Open the one sheet over the page, with these parts; `closed` is called however it is left. */
export function openSheet(title, parts, closed = () => {}) {
  const sheet = $("sheet");
  if (sheet.open) sheet.close();
  sheet.replaceChildren(el("h2", { id: "sheet-title", text: title }), ...parts);
  sheet.onclose = closed;
  sheet.onclick = (event) => {
    if (event.target === sheet) sheet.close(); // beside it
  };
  sheet.showModal();
  return sheet;
}

export const closeSheet = () => $("sheet").open && $("sheet").close();

export function toast(text, ...more) {
  const made = el("p", { class: "toast" }, el("span", { text }), ...more);
  $("toasts").append(made);
  return made;
}

/** A random id; `crypto.randomUUID` is there on HTTPS alone. */
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
