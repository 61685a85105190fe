/** What the server told the script of this page. */
export function pageData<T>(): T {
  return JSON.parse(document.querySelector('#page-data')?.textContent ?? 'null') as T
}

/** An element that the server's template has, by its id. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const element = document.getElementById(id)
  if (!(element instanceof type)) throw new Error(`the page has no ${id}`)
  return element
}
