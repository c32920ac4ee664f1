// A shop with one kind of thing in it.

const json = (statusCode, body) => ({
  statusCode,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});
const wrong = (message, statusCode = 400) => json(statusCode, { message });

function read(event) {
  if (!event.body) return undefined;
  const text = event.isBase64Encoded ? Buffer.from(event.body, "base64").toString() : event.body;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function list(event) {
  const { limit } = event.queryStringParameters ?? {};
  if (limit !== undefined && !/^([1-9]|10)$/.test(limit)) return wrong("limit is 1 to 10");
  return json(200, [{ id: 7, name: "a lamp", price: 12.5 }].slice(0, Number(limit ?? 10)));
}

function make(event) {
  const body = read(event);
  if (body === null || typeof body !== "object" || Array.isArray(body)) return wrong("an object is needed");
  const { name, price, ...others } = body;
  if (Object.keys(others).length > 0) return wrong("there are fields that are not known");
  if (typeof name !== "string" || name === "" || [...name].length > 40) return wrong("name has 1 to 40 characters");
  if (price !== undefined && (typeof price !== "number" || price < 0)) return wrong("price is a number from 0");
  return json(201, { id: 8, name, price: price ?? null });
}

function get(id) {
  if (!/^[1-9][0-9]*$/.test(id)) return wrong("an id is a number from 1");
  // 8 is what everything gets that is made here.
  const there = id === "7" || id === "8";
  return there ? json(200, { id: Number(id), name: "a lamp", price: 12.5 }) : wrong("there is no such item", 404);
}

export const handler = async (event) => {
  const method = event.requestContext.http.method;
  const path = decodeURI(event.rawPath).replace(/\/$/, "");
  const item = /^\/items\/([^/]*)$/.exec(path);
  if (path !== "/items" && !item) return wrong("there is nothing here", 404);
  const known = item ? { GET: () => get(item[1]) } : { GET: () => list(event), POST: () => make(event) };
  if (known[method]) return known[method]();
  const answer = wrong("not so", 405);
  answer.headers.allow = Object.keys(known).join(", ");
  return answer;
};
