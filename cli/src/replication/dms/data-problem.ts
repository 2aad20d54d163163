/** Something in the data, or in how the sides are made, that does not pass by itself: trying again could only hide it. */
export class DataProblem extends Error {}
