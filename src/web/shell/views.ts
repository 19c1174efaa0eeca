import type { View } from './view.js';

/** The views, in the order of the navigation; on a phone the first four have a place of their own at the bottom. */
export const VIEWS: readonly View[] = [
  {
    path: '/',
    name: 'Line',
    icon: 'phone-incoming',
    load: async () => (await import('../line/line-view.js')).LineView,
  },
  {
    path: '/today',
    name: 'Today',
    icon: 'calendar-days',
    load: async () => (await import('../today/today-view.js')).TodayView,
  },
  {
    path: '/callbacks',
    name: 'Call back',
    icon: 'phone-outgoing',
    load: async () => (await import('../callbacks/callbacks-view.js')).CallbacksView,
  },
  {
    path: '/customers',
    name: 'Customers',
    icon: 'users',
    load: async () => (await import('../customers/customers-view.js')).CustomersView,
  },
  {
    path: '/calls',
    name: 'Calls',
    icon: 'history',
    load: async () => (await import('../calls/calls-view.js')).CallsView,
  },
  {
    path: '/figures',
    name: 'Figures',
    icon: 'chart-column',
    load: async () => (await import('../figures/figures-view.js')).FiguresView,
  },
  {
    path: '/shop',
    name: 'Shop',
    icon: 'store',
    load: async () => (await import('../shop/shop-view.js')).ShopView,
  },
  {
    path: '/phone',
    name: 'Phone',
    icon: 'grid-3x3',
    load: async () => (await import('../phone/phone-view.js')).PhoneView,
  },
];

/** The view of an address, and what is left of the address for it; null when there is none. */
export function viewAt(path: string): { readonly view: View; readonly rest: string } | null {
  const [, first = '', rest = ''] = /^\/([^/]*)\/?(.*)$/.exec(path) ?? [];
  const view = VIEWS.find((each) => each.path === `/${first}`);
  return view ? { view, rest } : null;
}
