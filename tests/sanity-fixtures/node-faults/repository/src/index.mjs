// One fault a path; what is asked in the wrong way is refused in the right one.

const json = (statusCode, body, headers = {}) => ({
  statusCode,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(body),
});
const thing = { id: 1, name: "a lamp" };
const pause = (millis) => new Promise((done) => setTimeout(done, millis));
let asked = 0;

const gets = {
  "/fine": () => json(200, thing),
  "/broken": () => {
    console.error("the lamp shop has burnt down");
    return json(500, { message: "something went wrong" });
  },
  "/status": () => json(202, thing),
  "/page": () => ({ statusCode: 200, headers: { "content-type": "text/html" }, body: "<p>a lamp</p>" }),
  "/slow": async () => {
    await pause(6000);
    return json(200, thing);
  },
  "/schema": () => json(200, { id: "one", name: "a lamp" }),
  "/etag": () => json(200, thing),
  "/header": () => json(200, thing),
  // Takes the right ones for one text.
  "/tags": (event) => {
    const tags = new URLSearchParams(event.rawQueryString).getAll("tag");
    const right = tags.length > 1 && tags.every((tag) => tag === "old" || tag === "new");
    return right ? json(500, { message: "tag.toUpperCase is not a function" }) : json(400, { message: "tags are wrong" });
  },
  // Every other answer is wrong, the first one to begin with.
  "/flaky": () => (asked++ % 2 === 0 ? json(200, { id: "one" }) : json(200, thing)),
};
const posts = {
  "/lenient": () => json(200, thing),
  "/strict": () => json(400, { message: "never" }),
  "/form": () => json(200, thing),
  "/upload": () => json(400, { message: "never" }),
};

export const handler = async (event) => {
  const method = event.requestContext.http.method;
  const of = event.rawPath in gets ? { GET: gets[event.rawPath] } : { POST: posts[event.rawPath] };
  const [known, answer] = Object.entries(of)[0];
  if (!answer) return json(404, { message: "there is nothing here" });
  if (method !== known) return json(405, { message: "not so" }, { allow: known });
  return answer(event);
};
