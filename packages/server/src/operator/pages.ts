/** Which page of a list a query asks for. */
export function pageOf(query: { limit?: string | undefined; page?: string | undefined }): {
  limit: number
  page: number
  offset: number
} {
  const limit = Math.max(1, Number(query.limit ?? 50))
  const page = Number(query.page ?? 1)
  return { limit, page, offset: (page - 1) * limit }
}
