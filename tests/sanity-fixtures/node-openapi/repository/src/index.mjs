// A shop with one kind of thing in it.

const json = (statusCode, body) => ({
  statusCode,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});
const wrong = (message, statusCode = 400) => json(statusCode, { message });

const bytes = (event) => Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");

function read(event) {
  try {
    return JSON.parse(bytes(event).toString());
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

const colours = ["red", "green", "blue"];

function search(event) {
  const asked = new URLSearchParams(event.rawQueryString).getAll("colour");
  if (asked.length < 1 || asked.length > 3) return wrong("one to three colours are needed");
  if (!asked.every((colour) => colours.includes(colour))) return wrong("a colour is red, green or blue");
  return json(200, [{ id: 7, name: `a ${asked.join(" and ")} lamp` }]);
}

// The fields of a form of the media type that is wanted, or nothing.
async function fields(event, wanted) {
  const type = Object.entries(event.headers ?? {}).find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
  if (!type.startsWith(wanted)) return undefined;
  try {
    return await new Response(bytes(event), { headers: { "content-type": type } }).formData();
  } catch {
    return undefined;
  }
}

async function order(event) {
  const form = await fields(event, "application/x-www-form-urlencoded");
  if (!form) return wrong("a form is needed");
  const items = form.getAll("item");
  if (items.length !== 1 || !/^[1-9][0-9]*$/.test(items[0])) return wrong("one item is needed");
  if (!form.getAll("colours").every((colour) => colours.includes(colour))) return wrong("there is no such colour");
  return json(201, { number: 1 });
}

async function photo(event) {
  const form = await fields(event, "multipart/form-data");
  if (!form) return wrong("a form in parts is needed");
  if (form.getAll("photo").length !== 1) return wrong("one photo is needed");
  const title = form.get("title");
  if (title !== null && (typeof title !== "string" || title === "" || [...title].length > 20)) {
    return wrong("a title has 1 to 20 characters");
  }
  return json(201, { number: 2 });
}

const paths = {
  "/items": (event) => ({ GET: () => list(event), POST: () => make(event) }),
  "/search": (event) => ({ GET: () => search(event) }),
  "/orders": (event) => ({ POST: () => order(event) }),
  "/photos": (event) => ({ POST: () => photo(event) }),
};

export const handler = async (event) => {
  const method = event.requestContext.http.method;
  const path = decodeURI(event.rawPath).replace(/\/$/, "");
  const item = /^\/items\/([^/]*)$/.exec(path);
  const known = item ? { GET: () => get(item[1]) } : paths[path]?.(event);
  if (!known) return wrong("there is nothing here", 404);
  if (known[method]) return known[method]();
  const answer = wrong("not so", 405);
  answer.headers.allow = Object.keys(known).join(", ");
  return answer;
};
