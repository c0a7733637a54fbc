/** The question and text of `ask-bert bench`: a passage of typical length. */

const parts = [
  'The harbour authority of Port Ellery keeps three tide gauges. The oldest one, at the north pier, was put up in 1931',
  'and rebuilt after the storm of 1978; its float well is four metres deep. The second gauge stands on the ferry landing',
  'and measures with radar every six seconds. The third is a pressure sensor on the sea bed, twelve metres below the chart',
  'datum, and sends its readings by cable to the pump house.',
  'Every reading is checked before it is published. A value that differs from the mean of its neighbours by more than',
  'fifteen centimetres is marked and looked at by the duty officer, who is on call from six in the morning until ten at',
  'night. Readings that nobody has looked at within two days are published with a warning. Helena Marsh, who led the',
  'rebuilding of the service in 2016, wrote the rules, and they have been changed only once since: in March 2021 the limit',
  'was lowered from twenty centimetres.',
  'The authority pays for the gauges from the harbour dues. In the last year they cost 48,300 pounds, of which the cable',
  'repair in November took more than a third. The contract with the repair company ends on 30 June and is renewed for a',
  'year unless one side gives three months of notice in writing. The company must begin a repair within twelve hours of',
  'a call; for every further hour the price falls by two percent, but never by more than half.',
  'Data older than ten years is kept in the county archive at Westbrook, on paper until 1994 and on disks since then.',
  'Researchers may copy it free of charge. The university has used it to show that the mean level of the sea in the',
  'harbour rose by 11 centimetres between 1950 and 2010, and that storm surges above two metres, which came once in nine',
  'years at the beginning of that time, came once in four at its end.',
  'Fishermen read the levels from a board at the slipway, which shows the height over the sill of the inner basin. Boats',
  'that draw more than three metres may enter only while the board is green. The bridge keeper opens the gate half an hour',
  'before high water and closes it an hour after; in fog he waits for a call by radio on channel 12.',
];

export const passage = parts.join(' ');

export const benchQuestions = [
  'When was the oldest gauge put up?',
  'How often does the second gauge measure?',
  'Who wrote the rules?',
  'How much did the gauges cost in the last year?',
  'How many months of notice must be given?',
  'Where is old data kept?',
  'How much did the sea level rise between 1950 and 2010?',
  'On which channel is the bridge keeper called?',
];
