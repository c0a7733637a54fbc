// Words, values and domains of made-up records. A domain: its key column first; `ask` are questions for a value with
// {k} the key and {h} the name of the column, `back` questions for the key with {v} the value and {key} the key's name.

const split = (text) => text.split(' ');
export const FIRST = split(
  'Anna Ben Carla David Elena Farid Grace Hugo Ines Jonas Katrin Leo Maria Nadia Omar Paula Quentin Rosa Samir Tara Ulrich Vera Walter Xenia Yusuf Zoe Amira Bruno Chloe Dmitri Emeka Fiona Goran Hanna Ivan Julia Kenji Lucia Mateo Noor Olga Pedro Ravi Sofia Tomas Ursula Victor Wanda Yara Li',
);
export const LAST = split(
  'Adler Becker Castro Dumont Eriksen Fischer Garcia Haddad Ito Jansen Kowalski Lindgren Moreau Novak Okafor Petrov Quinn Rossi Santos Tanaka Ueda Vogel Weber Yilmaz Zhang Brandt Cohen Diaz Ferrari Gupta Hoffmann Ivanova Keller Larsen Meyer Nowak Olsen Pereira Richter Schmidt Torres Varga Wagner Young Abe Bauer Chen Doyle',
);
const CITY = split(
  'Lisbon Oslo Vienna Prague Turin Ghent Malmo Krakow Leeds Lyon Porto Bergen Graz Bilbao Tallinn Riga Basel Bonn Nantes Cork Denver Austin Boston Nairobi Accra Osaka Pune Hanoi Lima Quito Perth Halifax Tampa Reno Fresno Dublin Seville Zagreb Split Varna',
);
const COUNTRY = split(
  'Portugal Norway Austria Italy Belgium Sweden Poland France Estonia Latvia Kenya Ghana Japan India Vietnam Peru Ecuador Canada Ireland Spain Croatia Bulgaria Chile Morocco',
);
const COMPANY_A = split(
  'North Blue Alpha Delta Green Silver Prime Stone River Harbor Summit Vertex Lumen Nova Orion Cedar Falcon Granite Maple Polar',
);
const COMPANY_B = split(
  'Logistics Systems Foods Labs Energy Partners Consulting Textiles Motors Pharma Media Packaging Robotics Insurance Bank Optics Studios Tools',
);
const PRODUCT_A = split(
  'steel copper wooden folding digital wireless compact heavy-duty portable ceramic silent solar',
);
const PRODUCT_B = split(
  'lamp valve drill pump sensor cable chair filter printer router kettle bracket fan battery scale heater',
);
const SERVICE = split(
  'auth billing search mail cache gateway orders catalog payments reports upload scheduler indexer worker proxy',
);
const DEPARTMENT = split('Sales Finance Legal Marketing Engineering Support Research Purchasing Security Operations');
const WORDS = split(
  'overview draft review index archive summary training budget contract proposal survey inventory forecast migration audit handbook backup lease invoice agenda',
);
const COLOUR = split('red blue green black white grey yellow orange silver brown');
const MONTHS = split('January February March April May June July August September October November December');

export const two = (n) => String(n).padStart(2, '0');
export const person = (r) => `${r.pick(FIRST)} ${r.pick(LAST)}`;
export const city = (r) => r.pick(CITY);
const country = (r) => r.pick(COUNTRY);
export const company = (r) =>
  `${r.pick(COMPANY_A)} ${r.pick(COMPANY_B)}${r.next() < 0.4 ? r.pick([' GmbH', ' Ltd', ' Inc.', ' AG']) : ''}`;
export const product = (r) => `${r.pick(PRODUCT_A)} ${r.pick(PRODUCT_B)}`;
export const service = (r) => r.pick(SERVICE) + (r.next() < 0.4 ? `-${1 + r.below(9)}` : '');
const department = (r) => r.pick(DEPARTMENT);
export const topic = (r) => `${r.pick(WORDS)} ${r.pick(WORDS)}`;
const pick =
  (...list) =>
  (r) =>
    r.pick(list);
const int = (low, high) => (r) => low + r.below(high - low + 1);
const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ',');
export function date(r) {
  const [y, m, d] = [2012 + r.below(14), 1 + r.below(12), 1 + r.below(28)];
  const form = r.below(5);
  if (form < 2) return `${y}-${two(m)}-${two(d)}`;
  if (form === 2) return `${d} ${MONTHS[m - 1]} ${y}`;
  if (form === 3) return `${two(d)}.${two(m)}.${y}`;
  return `${MONTHS[m - 1]} ${d}, ${y}`;
}
export const money = (r) => {
  const amount = `${grouped(10 + r.below(r.pick([90, 900, 9000, 90000])))}.${two(r.below(100))}`;
  return r.pick([`EUR ${amount}`, `$${amount}`, amount, `${amount} €`, `£${amount}`]);
};
const percent = (r) => `${r.below(100)}.${r.below(10)}%`;
export const mail = (r) => `${r.pick(FIRST)}.${r.pick(LAST)}@${r.pick(COMPANY_A)}.example`.toLowerCase();
const phone = (r) => `+${1 + r.below(89)} ${100 + r.below(899)} ${100000 + r.below(899999)}`;
export const ip = (r) => `${10 + r.below(200)}.${r.below(256)}.${r.below(256)}.${1 + r.below(254)}`;
const code = (prefix, digits) => (r) => `${prefix}${String(r.below(10 ** digits)).padStart(digits, '0')}`;
export const version = (r) => `${r.below(9)}.${r.below(20)}.${r.below(12)}`;
const time = (r) => `${two(r.below(24))}:${two(r.below(60))}`;

const column = (names, value, ask, back) => ({
  names,
  value,
  ask: [...ask, '{h} of {k}', '{k} {h}', 'What is the {h} of {k}?'],
  back,
});
const having = ['Which {key} has {v} as {h}?', 'Which {key} has the {h} {v}?'];

const team = () =>
  column(
    ['Department', 'Team', 'Unit'],
    department,
    ['Which department does {k} belong to?', 'Where does {k} work?', 'In which team is {k}?'],
    ['Who works in {v}?', 'Who is in the {v} department?'],
  );
const started = () =>
  column(
    ['Start date', 'Joined', 'Hired on', 'Since'],
    date,
    ['When did {k} start?', 'When was {k} hired?', 'Since when has {k} been here?', 'joining date of {k}'],
    ['Who started on {v}?', 'Who joined on {v}?'],
  );
const town = (ask, back) => column(['City', 'Location', 'Office', 'Site'], city, ask, back);

export const DOMAINS = [
  {
    titles: ['Employees', 'Staff list', 'Team directory'],
    columns: [
      column(['Name', 'Employee', 'Person'], person, []),
      team(),
      started(),
      column(
        ['Salary', 'Annual pay', 'Gross salary'],
        money,
        ['How much does {k} earn?', "What is {k}'s salary?", 'pay of {k}'],
        ['Who earns {v}?', 'Whose salary is {v}?'],
      ),
      column(
        ['Email', 'Mail', 'E-mail address'],
        mail,
        ['How can I write to {k}?', "What is {k}'s email address?", 'Which address does {k} use?'],
        ['Whose email address is {v}?'],
      ),
      column(
        ['Phone', 'Telephone', 'Extension'],
        phone,
        ['How can {k} be called?', "What is {k}'s phone number?", 'number of {k}'],
        ['Whose number is {v}?', 'Who answers {v}?'],
      ),
      town(['In which city is {k}?', 'Where is {k} based?'], ['Who is based in {v}?', 'Who sits in {v}?']),
      column(
        ['Manager', 'Reports to', 'Supervisor'],
        person,
        ["Who is {k}'s manager?", 'Who does {k} report to?', 'Who supervises {k}?'],
        ['Who reports to {v}?'],
      ),
    ],
  },
  {
    titles: ['Orders', 'Order book', 'Open orders'],
    columns: [
      column(['Order', 'Order no.', 'Order ID'], code('SO-', 5), []),
      column(
        ['Customer', 'Client', 'Buyer'],
        company,
        ['Who placed {k}?', 'Who is the customer of {k}?', 'Which company ordered {k}?'],
        ['Which order is from {v}?', 'What did {v} order?'],
      ),
      column(
        ['Item', 'Product', 'Article'],
        product,
        ['What was ordered in {k}?', 'Which product is in {k}?'],
        ['Which order is for the {v}?', ...having],
      ),
      column(
        ['Quantity', 'Qty', 'Units'],
        int(1, 950),
        ['How many units are in {k}?', 'How many were ordered in {k}?'],
        having,
      ),
      column(
        ['Total', 'Amount', 'Order value'],
        money,
        ['How much is {k}?', 'What does {k} cost?', 'value of {k}'],
        ['Which order is worth {v}?', 'Which order has a total of {v}?'],
      ),
      column(
        ['Status', 'State'],
        pick('shipped', 'pending', 'cancelled', 'delivered', 'on hold', 'returned'),
        ['What is the status of {k}?', 'Has {k} been shipped?'],
        ['Which order is {v}?'],
      ),
      column(
        ['Delivery date', 'Ship date', 'Due'],
        date,
        ['When is {k} due?', 'When will {k} be delivered?'],
        ['Which order is due on {v}?'],
      ),
      column(
        ['Sales rep', 'Handled by', 'Contact'],
        person,
        ['Who handles {k}?', 'Who is responsible for {k}?'],
        ['Which order does {v} handle?'],
      ),
    ],
  },
  {
    titles: ['Invoices', 'Accounts payable', 'Bills'],
    columns: [
      column(['Invoice', 'Invoice number', 'No.'], code('INV-', 4), []),
      column(
        ['Vendor', 'Supplier', 'From'],
        company,
        ['Who sent {k}?', 'Which supplier issued {k}?', 'Who is {k} from?'],
        ['Which invoice is from {v}?', 'What is the number of the invoice from {v}?'],
      ),
      column(
        ['Amount due', 'Net amount', 'Total'],
        money,
        ['How much is due for {k}?', 'What is the amount of {k}?'],
        ['Which invoice is over {v}?', 'Which invoice amounts to {v}?'],
      ),
      column(['VAT', 'Tax', 'Tax rate'], percent, ['Which tax applies to {k}?', 'VAT on {k}'], having),
      column(
        ['Due date', 'Payable by', 'Payment deadline'],
        date,
        ['When must {k} be paid?', 'By when is {k} payable?'],
        ['Which invoice is payable by {v}?', 'Which invoice is due on {v}?'],
      ),
      column(
        ['Paid', 'Paid on', 'Payment date'],
        date,
        ['When was {k} paid?', 'payment of {k}'],
        ['Which invoice was paid on {v}?'],
      ),
      column(
        ['Approved by', 'Approver'],
        person,
        ['Who approved {k}?', 'approver of {k}'],
        ['Which invoice did {v} approve?'],
      ),
      column(['Cost centre', 'Account'], code('CC', 4), ['Which cost centre is {k} booked on?'], having),
    ],
  },
  {
    titles: ['Inventory', 'Stock list', 'Warehouse stock'],
    columns: [
      column(['Item', 'Part', 'Product'], product, []),
      column(
        ['SKU', 'Part number', 'Article no.'],
        code('P-', 6),
        ['What is the part number of the {k}?', 'Which SKU does the {k} have?'],
        ['Which part has the number {v}?', 'What is {v}?'],
      ),
      column(
        ['In stock', 'Stock', 'On hand'],
        int(0, 1200),
        ['How many {k} are in stock?', 'How many of the {k} are left?'],
        having,
      ),
      column(
        ['Shelf', 'Bin', 'Location'],
        (r) => `${r.pick(split('A B C D E F'))}${1 + r.below(30)}-${1 + r.below(9)}`,
        ['Where is the {k} stored?', 'On which shelf is the {k}?'],
        ['What is stored in {v}?', 'Which item is on shelf {v}?'],
      ),
      column(
        ['Unit price', 'Price', 'Price each'],
        money,
        ['How much does the {k} cost?', 'price of the {k}'],
        ['Which item costs {v}?'],
      ),
      column(
        ['Supplier', 'Vendor', 'Made by'],
        company,
        ['Who supplies the {k}?', 'Where do we buy the {k}?'],
        ['Which item comes from {v}?', 'What does {v} supply?'],
      ),
      column(['Colour', 'Finish'], (r) => r.pick(COLOUR), ['Which colour is the {k}?'], having),
      column(
        ['Weight', 'Weight (kg)'],
        (r) => `${r.below(40)}.${1 + r.below(9)} kg`,
        ['How heavy is the {k}?', 'What does the {k} weigh?'],
        ['Which item weighs {v}?'],
      ),
    ],
  },
  {
    titles: ['Servers', 'Hosts', 'Machines'],
    columns: [
      column(['Host', 'Server', 'Hostname'], (r) => `${service(r)}${two(1 + r.below(40))}`, []),
      column(
        ['Address', 'IP', 'IP address'],
        ip,
        ['What is the IP address of {k}?', 'Which address does {k} have?', 'ip of {k}'],
        ['Which host has the address {v}?', 'Which machine is {v}?'],
      ),
      column(
        ['OS', 'Operating system'],
        pick('Debian 12', 'Ubuntu 22.04', 'RHEL 9', 'Windows Server 2022', 'Alpine 3.19', 'FreeBSD 14'),
        ['What does {k} run?', 'Which operating system is on {k}?'],
        ['Which host runs {v}?'],
      ),
      column(
        ['RAM', 'Memory'],
        (r) => `${2 ** (2 + r.below(8))} GB`,
        ['How much memory does {k} have?', 'RAM of {k}'],
        ['Which host has {v} of memory?'],
      ),
      column(
        ['Port', 'Listens on'],
        int(80, 9999),
        ['On which port does {k} listen?', 'port of {k}'],
        ['Which host listens on {v}?', 'What listens on port {v}?'],
      ),
      column(
        ['Owner', 'Admin', 'Contact'],
        person,
        ['Who looks after {k}?', 'Who owns {k}?'],
        ['Which server does {v} look after?'],
      ),
      column(
        ['Rack', 'Slot'],
        (r) => `R${1 + r.below(30)}/U${1 + r.below(42)}`,
        ['In which rack is {k}?', 'Where does {k} stand?'],
        ['Which host is in {v}?'],
      ),
      column(
        ['Last patched', 'Updated'],
        date,
        ['When was {k} last patched?', 'When was {k} updated?'],
        ['Which host was patched on {v}?'],
      ),
      column(['Uptime', 'Up since'], (r) => `${r.below(400)} days`, ['How long has {k} been up?'], having),
    ],
  },
  {
    titles: ['Issues', 'Bug list', 'Tickets'],
    columns: [
      column(['Ticket', 'ID', 'Issue'], code('BUG-', 4), []),
      column(
        ['Summary', 'Title', 'Subject'],
        (r) =>
          `${r.pick(split('crash timeout leak typo flicker deadlock regression'))} in ${service(r)} after ${topic(r)}`,
        ['What is {k} about?', 'What does {k} say?'],
        ['Which ticket is about the {v}?', ...having],
      ),
      column(
        ['Severity', 'Priority'],
        pick('low', 'medium', 'high', 'critical', 'blocker', 'minor'),
        ['How severe is {k}?', 'Which priority does {k} have?'],
        ['Which ticket is {v}?'],
      ),
      column(
        ['Assignee', 'Assigned to', 'Owner'],
        person,
        ['Who works on {k}?', 'Who is {k} assigned to?'],
        ['Which ticket is assigned to {v}?', 'What does {v} work on?'],
      ),
      column(
        ['Reporter', 'Opened by'],
        person,
        ['Who reported {k}?', 'Who opened {k}?'],
        ['Which ticket did {v} report?'],
      ),
      column(
        ['Fixed in', 'Version'],
        version,
        ['In which version is {k} fixed?', 'Which release fixes {k}?'],
        ['Which ticket is fixed in {v}?'],
      ),
      column(
        ['Opened', 'Created'],
        date,
        ['When was {k} opened?', 'When was {k} created?'],
        ['Which ticket was opened on {v}?'],
      ),
      column(
        ['State', 'Resolution'],
        pick('open', 'closed', 'in review', 'duplicate', 'wontfix', 'blocked'),
        ['What is the state of {k}?', 'Is {k} closed?'],
        having,
      ),
    ],
  },
  {
    titles: ['Contracts', 'Agreements', 'Leases'],
    columns: [
      column(['Contract', 'Agreement', 'Reference'], code('C-', 4), []),
      column(
        ['Counterparty', 'Party', 'Tenant'],
        company,
        ['Who is the other party of {k}?', 'With whom was {k} signed?'],
        ['Which contract is with {v}?'],
      ),
      column(
        ['Effective date', 'Signed', 'Start'],
        date,
        ['When did {k} take effect?', 'When was {k} signed?'],
        ['Which contract took effect on {v}?'],
      ),
      column(
        ['Term', 'Duration'],
        (r) => `${1 + r.below(60)} months`,
        ['How long does {k} run?', 'What is the term of {k}?'],
        ['Which contract runs for {v}?'],
      ),
      column(
        ['Notice period', 'Notice'],
        (r) => `${r.pick([14, 30, 45, 60, 90, 120])} days`,
        ['What is the notice period of {k}?', 'How much notice is needed to end {k}?'],
        ['Which contract has a notice period of {v}?'],
      ),
      column(
        ['Monthly fee', 'Rent', 'Value'],
        money,
        ['How much is paid for {k}?', 'What is the fee under {k}?'],
        ['Which contract costs {v}?'],
      ),
      column(
        ['Governing law', 'Jurisdiction'],
        country,
        ['Which law governs {k}?', 'Which law applies to {k}?'],
        ['Which contract is governed by the law of {v}?'],
      ),
      column(['Signatory', 'Signed by'], person, ['Who signed {k}?'], ['Which contract did {v} sign?']),
    ],
  },
  {
    titles: ['Timetable', 'Departures', 'Flights'],
    columns: [
      column(
        ['Flight', 'Train', 'Service'],
        (r) => `${r.pick(split('LX BA AF KL TP IC RE'))} ${100 + r.below(899)}`,
        [],
      ),
      column(
        ['From', 'Origin'],
        city,
        ['Where does {k} start?', 'Where does {k} come from?'],
        ['Which service starts in {v}?'],
      ),
      column(
        ['To', 'Destination'],
        city,
        ['Where does {k} go?', 'What is the destination of {k}?'],
        ['Which {key} goes to {v}?'],
      ),
      column(
        ['Departure', 'Departs', 'Dep.'],
        time,
        ['When does {k} leave?', 'At what time does {k} depart?'],
        ['Which {key} leaves at {v}?'],
      ),
      column(
        ['Arrival', 'Arrives', 'Arr.'],
        time,
        ['When does {k} arrive?', 'At what time does {k} get in?'],
        ['Which {key} arrives at {v}?'],
      ),
      column(
        ['Gate', 'Platform', 'Track'],
        (r) => `${r.pick(split('A B C D'))}${1 + r.below(40)}`,
        ['From which gate does {k} leave?', 'Where do I board {k}?'],
        ['Which {key} leaves from {v}?'],
      ),
      column(
        ['Duration', 'Travel time'],
        (r) => `${1 + r.below(9)} h ${r.below(60)} min`,
        ['How long does {k} take?'],
        having,
      ),
      column(['Fare', 'Price'], money, ['What does {k} cost?', 'fare of {k}'], ['Which {key} costs {v}?']),
    ],
  },
  {
    titles: ['Measurements', 'Sensor readings', 'Test results'],
    columns: [
      column(['Sensor', 'Sample', 'Station'], (r) => `${r.pick(split('T P H S W'))}-${100 + r.below(900)}`, []),
      column(
        ['Temperature', 'Temp.', 'Temperature (°C)'],
        (r) => `${r.next() < 0.3 ? '-' : ''}${r.below(90)}.${r.below(10)} °C`,
        ['How warm is it at {k}?', 'Which temperature does {k} show?'],
        ['Which {key} shows {v}?'],
      ),
      column(
        ['Pressure', 'Pressure (hPa)'],
        (r) => `${900 + r.below(200)} hPa`,
        ['What pressure was measured at {k}?'],
        having,
      ),
      column(['Humidity', 'rel. humidity'], percent, ['How humid is it at {k}?', 'humidity at {k}'], having),
      column(['Battery', 'Charge'], (r) => `${r.below(101)} %`, ['How full is the battery of {k}?'], having),
      column(
        ['Taken at', 'Timestamp', 'Time'],
        (r) => `${2020 + r.below(6)}-${two(1 + r.below(12))}-${two(1 + r.below(28))} ${time(r)}`,
        ['When was {k} measured?', 'When was {k} read?'],
        ['Which {key} was read at {v}?'],
      ),
      column(
        ['Result', 'Verdict'],
        pick('pass', 'fail', 'inconclusive', 'retest', 'within limits'),
        ['Did {k} pass?', 'What was the result of {k}?'],
        having,
      ),
      column(
        ['Operator', 'Checked by'],
        person,
        ['Who checked {k}?', 'Who measured {k}?'],
        ['Which {key} did {v} check?'],
      ),
    ],
  },
  {
    titles: ['Options', 'Settings', 'Configuration'],
    columns: [
      column(
        ['Option', 'Setting', 'Name'],
        (r) =>
          `${r.pick(split('max min default cache retry log proxy http idle read'))}${r.pick(split('Timeout Size Level Path Count Limit Mode Host Interval Depth'))}`,
        [],
      ),
      column(
        ['Default', 'Default value'],
        (r) =>
          r.pick([
            String(r.below(5000)),
            'true',
            'false',
            `${r.below(90)}s`,
            `${2 ** r.below(12)} KB`,
            'auto',
            'info',
            '/var/tmp',
          ]),
        ['What is the default of {k}?', 'What is {k} set to if nothing is given?', 'What does {k} default to?'],
        ['Which option defaults to {v}?'],
      ),
      column(
        ['Type'],
        pick('number', 'string', 'boolean', 'duration', 'path', 'enum', 'list of strings'),
        ['What type is {k}?', 'Which type does {k} take?'],
        undefined,
      ),
      column(
        ['Since', 'Added in'],
        version,
        ['Since which version does {k} exist?', 'When was {k} added?'],
        ['Which option was added in {v}?'],
      ),
      column(
        ['Description', 'Meaning'],
        (r) => `${r.pick(['Limits', 'Sets', 'Controls', 'Overrides'])} the ${topic(r)} of ${service(r)}`,
        ['What does {k} do?', 'What is {k} for?', 'purpose of {k}'],
        ['Which {key} does this: {v}?'],
      ),
      column(
        ['Environment variable', 'Env'],
        (r) => `${r.pick(COMPANY_A)}_${r.pick(WORDS)}`.toUpperCase(),
        ['Which environment variable sets {k}?', 'env for {k}'],
        ['Which option does {v} set?', 'What does {v} set?'],
      ),
      column(
        ['Flag', 'Command line'],
        (r) => `--${r.pick(WORDS)}-${r.pick(WORDS)}`,
        ['Which flag sets {k}?', 'How do I set {k} on the command line?'],
        ['What does {v} set?'],
      ),
    ],
  },
  {
    titles: ['Budget', 'Results by region', 'Quarterly figures'],
    columns: [
      column(['Region', 'Line item', 'Segment'], (r) => (r.next() < 0.5 ? country(r) : `${topic(r)} costs`), []),
      ...['2021', '2022', '2023', '2024'].map((year) =>
        column(
          [year, `FY${year}`, `${year} (EUR m)`],
          (r) => r.pick([grouped(r.below(90000)), `${r.below(900)}.${r.below(10)}`, `(${grouped(r.below(9000))})`]),
          [
            `What was {k} in ${year}?`,
            `{k} ${year}`,
            `How much was {k} in ${year}?`,
            `What is the figure for {k} in ${year}?`,
          ],
          [`Which {key} had {v} in ${year}?`],
        ),
      ),
      column(
        ['Change', 'Growth', 'Variance'],
        (r) => `${r.pick(['+', '-', ''])}${r.below(60)}.${r.below(10)} %`,
        ['How much did {k} change?', 'By how much did {k} grow?'],
        ['Which {key} changed by {v}?'],
      ),
      column(['Share', '% of total'], percent, ['What share does {k} have?'], having),
      column(['Responsible', 'Owner'], person, ['Who is responsible for {k}?'], ['What is {v} responsible for?']),
    ],
  },
  {
    titles: ['Courses', 'Events', 'Sessions'],
    columns: [
      column(
        ['Session', 'Course', 'Event'],
        (r) => `${r.pick(split('Advanced Basic Applied Modern Practical'))} ${topic(r)}`,
        [],
      ),
      column(
        ['Speaker', 'Instructor', 'Host'],
        person,
        ['Who teaches {k}?', 'Who gives {k}?', 'Who is the speaker of {k}?'],
        ['What does {v} teach?', 'Which session does {v} give?'],
      ),
      column(
        ['Room', 'Venue', 'Hall'],
        (r) => `${r.pick(split('Room Hall Lab Suite'))} ${1 + r.below(400)}`,
        ['Where does {k} take place?', 'In which room is {k}?'],
        ['What takes place in {v}?'],
      ),
      column(['Date', 'Day'], date, ['When is {k}?', 'On which day is {k}?'], ['Which session is on {v}?']),
      column(
        ['Time', 'Starts'],
        time,
        ['At what time does {k} start?', 'When does {k} begin?'],
        ['What starts at {v}?'],
      ),
      column(
        ['Seats', 'Capacity', 'Max. participants'],
        int(8, 400),
        ['How many people can attend {k}?', 'How many seats does {k} have?'],
        having,
      ),
      column(['Fee', 'Price'], money, ['How much is {k}?', 'What does {k} cost?'], ['Which session costs {v}?']),
      column(
        ['Language'],
        pick('English', 'German', 'French', 'Spanish', 'Italian'),
        ['In which language is {k}?'],
        undefined,
      ),
    ],
  },
];
