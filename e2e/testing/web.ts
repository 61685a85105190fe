import { buildWeb } from '../../scripts/build-web.ts'

/** Before any test: what browsers are served. */
export default buildWeb
