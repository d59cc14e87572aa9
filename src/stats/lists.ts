/** By name: the figure that counts the projects of the list, and which of the days it counts by is the worst. */
export const LISTS = {
  overdue: { figure: 'schedule.overdue', worst: 'earliest' },
  dueNext30Days: { figure: 'schedule.dueNext30Days', worst: 'earliest' },
  startingNext30Days: { figure: 'schedule.startingNext30Days', worst: 'earliest' },
  recentlyActive: { figure: 'activity.activeProjects.last30Days', worst: 'latest' },
  recentlyCompleted: { figure: 'schedule.completedLast30Days', worst: 'latest' },
} as const;
export type ListName = keyof typeof LISTS;
export const LIST_NAMES = Object.keys(LISTS) as ListName[];
