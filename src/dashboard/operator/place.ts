/** The id of the element that the operator's script takes over (render.tsx, operator.tsx). */
export const OPERATOR_ID = 'operator';
