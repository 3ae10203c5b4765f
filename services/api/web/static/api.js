// The REST API as a page asks it: with its own cookie, a change with its token, and what a refusal says in words.

const SIGN_IN = "/sign-in";

/** GET JSON with the page's own cookie; throws the answer's problem. */
export async function getJson(address) {
  return asJson(await fetch(address, { headers: { Accept: "application/json" } }));
}

let csrf = null;

/** Send a change as the page's user; throws the answer's problem. */
export const sendJson = (method, address, body) => send(method, address, JSON.stringify(body), { "Content-Type": "application/json" });

/** Send a form with small files, likewise. */
export const sendForm = (method, address, form) => send(method, address, form, {});

async function send(method, address, body, headers) {
  const asked = csrf !== null;
  csrf ??= (await getJson("/api/v1/me")).csrf_token;
  try {
    return await asJson(await fetch(address, { method, headers: { ...headers, "X-CSRF-Token": csrf }, body }));
  } catch (problem) {
    if (problem?.code !== "csrf" || !asked) throw problem;
    csrf = null; // somebody signed in anew in another tab
    return send(method, address, body, headers);
  }
}

/** Send a file; `onSent` is told the share that has gone. Gives the answer, throws its problem. */
export async function upload(method, address, body, { type = null, onSent = () => {} } = {}) {
  const { csrf_token } = await getJson("/api/v1/me");
  return new Promise((done, refused) => {
    const asked = new XMLHttpRequest(); // fetch does not tell how far it is
    asked.open(method, address);
    asked.setRequestHeader("X-CSRF-Token", csrf_token);
    if (type) asked.setRequestHeader("Content-Type", type);
    asked.responseType = "json";
    asked.upload.onprogress = ({ loaded, total }) => onSent(total ? loaded / total : 0);
    asked.onload = () => {
      if (asked.status === 401) signIn();
      if (asked.status < 300) done(asked.response ?? {});
      else refused(asked.response ?? {});
    };
    asked.onerror = () => refused({ code: "no_link" });
    asked.send(body);
  });
}

function signIn() {
  location.assign(`${SIGN_IN}?next=${encodeURIComponent(location.pathname + location.search)}`);
}

async function asJson(answer) {
  if (answer.status === 401) signIn();
  const body = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw body;
  return body;
}

/** What a problem says, in the page's language; a link that is down is one too. */
export function reason(problem, say) {
  const code = problem?.code ? `problem.${problem.code}` : "problem.no_link";
  const said = say(code, { ...problem, ...problem?.values });
  return said === code ? (problem.message ?? say("problem.unknown")) : said;
}
