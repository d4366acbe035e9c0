/** The places where nodes of a local grid stand, and the regions the explorer knows them by. */
export interface Country {
  readonly id: number
  readonly name: string
  /** ISO 3166-1 alpha-2. */
  readonly code: string
  /** The continent: the explorer's `region`. */
  readonly region: string
  readonly subregion: string
  readonly cities: readonly { readonly name: string; readonly latitude: string; readonly longitude: string }[]
}

export const COUNTRIES: readonly Country[] = [
  {
    id: 1,
    name: 'Belgium',
    code: 'BE',
    region: 'Europe',
    subregion: 'Western Europe',
    cities: [
      { name: 'Ghent', latitude: '51.0500', longitude: '3.7167' },
      { name: 'Lochristi', latitude: '51.0958', longitude: '3.8333' },
    ],
  },
  {
    id: 2,
    name: 'Austria',
    code: 'AT',
    region: 'Europe',
    subregion: 'Western Europe',
    cities: [{ name: 'Vienna', latitude: '48.2085', longitude: '16.3721' }],
  },
  {
    id: 3,
    name: 'United States',
    code: 'US',
    region: 'Americas',
    subregion: 'Northern America',
    cities: [{ name: 'Ashburn', latitude: '39.0437', longitude: '-77.4875' }],
  },
  {
    id: 4,
    name: 'Singapore',
    code: 'SG',
    region: 'Asia',
    subregion: 'South-Eastern Asia',
    cities: [{ name: 'Singapore', latitude: '1.2897', longitude: '103.8501' }],
  },
  {
    id: 5,
    name: 'Egypt',
    code: 'EG',
    region: 'Africa',
    subregion: 'Northern Africa',
    cities: [{ name: 'Cairo', latitude: '30.0626', longitude: '31.2497' }],
  },
  {
    id: 6,
    name: 'Germany',
    code: 'DE',
    region: 'Europe',
    subregion: 'Western Europe',
    cities: [{ name: 'Falkenstein', latitude: '50.4779', longitude: '12.3713' }],
  },
]

/** The country of that name, in any case. */
export function countryOf(name: string): Country | undefined {
  return COUNTRIES.find(country => country.name.toLowerCase() === name.toLowerCase())
}
