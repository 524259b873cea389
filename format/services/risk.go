package services

import (
	"linklog/capture"
	"linklog/phrase"
)

// risk is a port that strangers look for.
type risk struct {
	first, last uint16
	proto       capture.Protocol // 0: TCP and UDP
	note        *note
}

// note is what is said of a port. out: also where a device at home connects to it elsewhere.
type note struct {
	text phrase.Phrase
	out  bool
}

// What is said of several.
var (
	telnet   = &note{phrase.Say("Telnet: remote control without encryption. Malware tries it with usual passwords; nothing at home should answer to it from the internet."), true}
	files    = &note{phrase.Say("Shared folders of Windows. Never open them to the internet: worms and blackmailers come in this way."), true}
	desktop  = &note{phrase.Say("Remote control of a desktop. Open to the internet, its password is guessed day and night; use a VPN instead."), false}
	camera   = &note{phrase.Say("Cameras and recorders. Many have known holes or passwords; open to the internet, strangers can watch."), false}
	printer  = &note{phrase.Say("Printers. One that can be reached from the internet prints for strangers, and can be taken over."), false}
	remote   = &note{phrase.Say("Remote maintenance of routers by the provider (TR-069). From anybody else it is an attack."), false}
	upnp     = &note{phrase.Say("UPnP, by which devices open ports. From the internet it is an attack, or misuse to attack others."), false}
	database = &note{phrase.Say("A database. Those that can be reached from the internet are found within hours, and copied or deleted."), false}
	control  = &note{phrase.Say("Remote control of programs or containers, often without a password. Never open it to the internet."), false}
	plain    = &note{phrase.Say("Files without encryption: passwords can be read on the way."), true}
	industry = &note{phrase.Say("Machines and buildings are controlled by this, without a password. Never open it to the internet."), false}
	misused  = &note{phrase.Say("Answers of this service are larger than its questions: open to the internet it is misused to attack others."), false}
	backdoor = &note{phrase.Say("A known back door of cheap routers. Nothing else uses it."), true}
	shell    = &note{phrase.Say("Remote control by command line (SSH). Its passwords are guessed day and night: allow keys only, or use a VPN."), false}
	phones   = &note{phrase.Say("Internet telephony. Strangers look for accounts to call at your cost."), false}
	mining   = &note{phrase.Say("Often used to mine cryptocurrency: a device that connects to it may have been taken over."), true}
)

// risks are the ports with a note, in no order.
var risks = [...]risk{
	{23, 23, capture.TCP, telnet}, {2323, 2323, capture.TCP, telnet}, {23231, 23231, capture.TCP, telnet}, {992, 992, capture.TCP, telnet}, {512, 513, capture.TCP, telnet},
	{135, 135, 0, files}, {137, 139, 0, files}, {445, 445, 0, files}, {548, 548, capture.TCP, files}, {2049, 2049, 0, files}, {111, 111, 0, files},
	{3389, 3389, 0, desktop}, {5800, 5800, capture.TCP, desktop}, {5900, 5909, capture.TCP, desktop}, {5938, 5938, 0, desktop}, {3283, 3283, 0, desktop}, {5985, 5986, capture.TCP, desktop},
	{554, 554, 0, camera}, {8554, 8554, 0, camera}, {10554, 10554, capture.TCP, camera}, {34567, 34569, 0, camera}, {37777, 37778, 0, camera}, {32100, 32100, capture.UDP, camera}, {32108, 32108, capture.UDP, camera},
	{515, 515, capture.TCP, printer}, {631, 631, 0, printer}, {9100, 9102, capture.TCP, printer}, {9220, 9220, capture.TCP, printer},
	{7547, 7547, capture.TCP, remote}, {30005, 30005, capture.TCP, remote},
	{1900, 1900, capture.UDP, upnp}, {5431, 5431, capture.TCP, upnp}, {52869, 52869, capture.TCP, upnp}, {37215, 37215, capture.TCP, upnp}, {2869, 2869, capture.TCP, upnp},
	{1433, 1434, 0, database}, {1521, 1521, capture.TCP, database}, {3306, 3306, capture.TCP, database}, {5432, 5433, capture.TCP, database}, {6379, 6379, capture.TCP, database}, {9200, 9200, capture.TCP, database}, {9300, 9300, capture.TCP, database},
	{27017, 27019, capture.TCP, database}, {5984, 5984, capture.TCP, database}, {9042, 9042, capture.TCP, database}, {8086, 8086, capture.TCP, database}, {389, 389, 0, database},
	{2375, 2377, capture.TCP, control}, {6443, 6443, capture.TCP, control}, {10250, 10250, capture.TCP, control}, {2379, 2380, capture.TCP, control}, {5555, 5555, capture.TCP, control}, {623, 623, capture.UDP, control}, {16992, 16993, capture.TCP, control},
	{1883, 1883, capture.TCP, control}, {8291, 8291, capture.TCP, control}, {8728, 8729, capture.TCP, control}, {8545, 8546, capture.TCP, control},
	{20, 21, capture.TCP, plain}, {69, 69, capture.UDP, plain}, {2121, 2121, capture.TCP, plain},
	{502, 502, capture.TCP, industry}, {102, 102, capture.TCP, industry}, {20000, 20000, 0, industry}, {44818, 44818, 0, industry}, {47808, 47808, capture.UDP, industry}, {3671, 3671, capture.UDP, industry}, {4840, 4840, capture.TCP, industry}, {2404, 2404, capture.TCP, industry},
	{19, 19, 0, misused}, {17, 17, 0, misused}, {161, 161, capture.UDP, misused}, {11211, 11211, 0, misused}, {3702, 3702, capture.UDP, misused}, {5683, 5683, capture.UDP, misused}, {5353, 5353, capture.UDP, misused},
	{53413, 53413, capture.UDP, backdoor}, {32764, 32764, capture.TCP, backdoor},
	{22, 22, capture.TCP, shell}, {2222, 2222, capture.TCP, shell}, {2022, 2022, capture.TCP, shell}, {10022, 10022, capture.TCP, shell},
	{5060, 5061, 0, phones}, {4569, 4569, capture.UDP, phones},
	{3333, 3333, capture.TCP, mining}, {14444, 14444, capture.TCP, mining},
}

// Risk says in plain words what to beware of at the port that an attempt went to; the zero
// Phrase: nothing is known. Protocol 0, where the router named none, is any.
func Risk(ev *capture.Event) (none phrase.Phrase) {
	if ev.Kind != capture.Traffic || ev.Proto != 0 && ev.Proto != capture.TCP && ev.Proto != capture.UDP {
		return none
	}
	for i := range risks {
		r := &risks[i]
		if r.first <= ev.Dst.Port && ev.Dst.Port <= r.last && (r.proto == 0 || ev.Proto == 0 || r.proto == ev.Proto) && (r.note.out || ev.Dir != capture.Out) {
			return r.note.text
		}
	}
	return none
}
