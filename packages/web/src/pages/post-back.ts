import { byId } from './parts/page-data.ts'

/** Posts the answer to the app at once; but not again for whoever comes back from there. */
const [navigation] = performance.getEntriesByType('navigation')
if (!(navigation instanceof PerformanceNavigationTiming) || navigation.type !== 'back_forward')
  byId('post-back', HTMLFormElement).submit()
