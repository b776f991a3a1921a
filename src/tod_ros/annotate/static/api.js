// Requests to the server. Failed carries the status and what the server said; status 0: not reached.

export class Failed extends Error {
  constructor(status, answer) {
    super(answer.error || `HTTP ${status}`);
    this.status = status;
    this.answer = answer;
  }
}

const projectId = document.querySelector("meta[name=tod-project]").content;

export const isOurs = (id) => id === projectId;

export async function ask(address, { method = "GET", body, keepalive = false } = {}) {
  const headers = { "X-Tod-Project": projectId };
  if (method !== "GET") headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(address, { method, headers, keepalive, body: body && JSON.stringify(body) });
  } catch (error) {
    throw new Failed(0, { error: String(error) });
  }
  let answer = {};
  try {
    answer = await response.json();
  } catch (error) {
    if (response.ok) throw new Failed(0, { error: String(error) });
  }
  if (!response.ok) throw new Failed(response.status, answer);
  return answer;
}

export const addressOf = (kind, key) =>
  `/api/${kind}/${key.split("/").map(encodeURIComponent).join("/")}`;
