// Lamps by their number; the one that is asked for is looked up in a shelf that is not there.

const lamps = [{ id: "1", name: "a lamp" }];
let shelf;

export const handler = async (event) => {
  const id = event.pathParameters?.id;
  const found = id === undefined ? lamps : shelf.find(id);
  return { statusCode: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(found) };
};
