/** What EF Core writes where an enumeration is converted to text: its names, in the order of their values from 0 on. */
const PROJECT_STATUS = ['Planning', 'InProgress', 'Completed', 'OnHold', 'Cancelled'];

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'ProjectStatusHistory.OldStatus': PROJECT_STATUS,
  'ProjectStatusHistory.NewStatus': PROJECT_STATUS,
  'RealTimeNotifications.Priority': ['Low', 'Medium', 'High', 'Critical'],
  'RealTimeNotifications.Status': ['Pending', 'Sent', 'Delivered', 'Read', 'Failed'],
  'RealTimeEventsLog.DeliveryStatus': ['Pending', 'Sent', 'Failed'],
};

/** undefined for a column that holds no enumeration whose names are known. */
export function enumerationOf(table: string, column: string): readonly string[] | undefined {
  return NAMES[`${table}.${column}`];
}
