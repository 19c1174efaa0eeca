export interface DemoCustomer {
  readonly phoneNumber: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string | null;
  readonly vehicles: readonly { make: string; model: string; year: number; vin: string }[];
  readonly visits: readonly Visit[];
}

/** At the next free time from so many days after now; negative: in the past. `vehicle` counts from 0, the first when absent. */
export interface Visit {
  readonly service: string;
  readonly inDays: number;
  readonly vehicle?: number;
}

/** A known caller of the demo shop: two vehicles, two appointments to come. */
export const DEMO_CALLER = '+15125550100';

/** Another: one vehicle, nothing to come. */
export const DEMO_CALLER_WITH_ONE_VEHICLE = '+15125550101';

const car = (make: string, model: string, year: number, vin: string) => ({ make, model, year, vin });

// Numbers of the range 555-0100 to 555-0199 are given to nobody in North America.
export const DEMO_CUSTOMERS: readonly DemoCustomer[] = [
  {
    phoneNumber: DEMO_CALLER,
    firstName: 'Maria',
    lastName: 'Alvarez',
    email: 'maria.alvarez@example.com',
    vehicles: [
      car('Toyota', 'Camry', 2019, '4T1B11HK5KU200123'),
      car('Ford', 'F-150', 2021, '1FTFW1E83MFA05127'),
    ],
    visits: [
      { service: 'oil_change', inDays: -40 },
      { service: 'brakes', inDays: 2, vehicle: 0 },
      { service: 'inspection', inDays: 6, vehicle: 1 },
    ],
  },
  {
    phoneNumber: DEMO_CALLER_WITH_ONE_VEHICLE,
    firstName: 'James',
    lastName: 'Okafor',
    email: 'james.okafor@example.com',
    vehicles: [car('Honda', 'Civic', 2017, '2HGFC2F59HH500456')],
    visits: [{ service: 'tires', inDays: -25 }],
  },
  {
    phoneNumber: '+15125550102',
    firstName: 'Linda',
    lastName: 'Chen',
    email: 'linda.chen@example.com',
    vehicles: [car('Subaru', 'Outback', 2020, '4S4BTACC8L3116038')],
    visits: [
      { service: 'inspection', inDays: -12 },
      { service: 'oil_change', inDays: 1 },
    ],
  },
  {
    phoneNumber: '+15125550103',
    firstName: 'Robert',
    lastName: 'Novak',
    email: null,
    vehicles: [car('Chevrolet', 'Silverado', 2015, '3GCUKREC4FG274910')],
    visits: [{ service: 'brakes', inDays: 1 }],
  },
  {
    phoneNumber: '+15125550104',
    firstName: 'Aisha',
    lastName: 'Rahman',
    email: 'aisha.rahman@example.com',
    vehicles: [car('Tesla', 'Model 3', 2022, '5YJ3E1EA8NF318852')],
    visits: [{ service: 'tires', inDays: 3 }],
  },
  {
    phoneNumber: '+15125550105',
    firstName: 'Daniel',
    lastName: 'Weber',
    email: 'daniel.weber@example.com',
    vehicles: [
      car('Volkswagen', 'Golf', 2018, '3VW217AU2JM026613'),
      car('BMW', 'X3', 2020, '5UXTY5C09L9B74309'),
    ],
    visits: [
      { service: 'other', inDays: -5, vehicle: 1 },
      { service: 'oil_change', inDays: 4 },
    ],
  },
  {
    phoneNumber: '+15125550106',
    firstName: 'Grace',
    lastName: 'Kim',
    email: 'grace.kim@example.com',
    vehicles: [car('Hyundai', 'Elantra', 2016, '5NPDH4AE1GH692147')],
    visits: [{ service: 'oil_change', inDays: -30 }],
  },
  {
    phoneNumber: '+15125550107',
    firstName: 'Thomas',
    lastName: 'Dubois',
    email: null,
    vehicles: [car('Jeep', 'Wrangler', 2014, '1C4BJWDG0EL258346')],
    visits: [{ service: 'other', inDays: 5 }],
  },
  {
    phoneNumber: '+15125550108',
    firstName: 'Priya',
    lastName: 'Patel',
    email: 'priya.patel@example.com',
    vehicles: [car('Mazda', 'CX-5', 2021, 'JM3KFBCM9M0437591')],
    visits: [
      { service: 'tires', inDays: -18 },
      { service: 'inspection', inDays: 8 },
    ],
  },
  {
    phoneNumber: '+15125550109',
    firstName: 'Kevin',
    lastName: "O'Brien",
    email: 'kevin.obrien@example.com',
    vehicles: [car('Ram', '1500', 2019, '1C6SRFFT8KN623785')],
    visits: [{ service: 'brakes', inDays: -9 }],
  },
  {
    phoneNumber: '+15125550110',
    firstName: 'Sofia',
    lastName: 'Rossi',
    email: 'sofia.rossi@example.com',
    vehicles: [car('Fiat', '500', 2013, '3C3CFFAR7DT541068')],
    visits: [{ service: 'other', inDays: 9 }],
  },
  {
    phoneNumber: '+15125550111',
    firstName: 'Samuel',
    lastName: 'Jackson',
    email: null,
    vehicles: [car('Nissan', 'Altima', 2018, '1N4AL3AP8JC139274')],
    visits: [
      { service: 'inspection', inDays: -50 },
      { service: 'oil_change', inDays: 2 },
    ],
  },
];
