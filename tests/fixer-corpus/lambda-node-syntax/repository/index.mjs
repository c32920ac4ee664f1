export const handler = async (event) => {
  const name = event?.name ?? "world";
  if (name.length > 80) {
    return {statusCode: 400};
  return {statusCode: 200, body: `Hello, ${name}`};
};
