package help

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// hosts explains who the hosts are, and how they are put together.
func hosts() []fyne.CanvasObject {
	return []fyne.CanvasObject{
		title(lang.L("What a host is called")),
		paragraph(lang.L("By the name that you gave it; else by the one for which your device asked DNS, by the router's, or by that of reverse DNS. A name that is shown can be searched for.")),
		title(lang.L("Who it is")),
		paragraph(lang.L("The owner of an address is often a provider, or a company that rents computers out. The country is where the address is registered; the computer may be elsewhere.")),
		paragraph(lang.L("The data is built in: nobody is asked. Searches such as owner:amazon and country:DE find them.")),
		title(lang.L("Hosts that belong together")),
		paragraph(lang.L("Hosts → Domains, Owners, Countries or Categories has one line for all hosts of the same; a click shows them. What is searched for on top counts there, too, and an export has what is shown. The category of a host is what most of its attempts are for, such as web, games or mail.")),
		title(lang.L("Hosts on lists")),
		paragraph(lang.L("Lists of addresses and names, such as those of criminals, advertisers or your own, are chosen in Settings → Lists of addresses. The detail of an event in the log says on which list its host is; list:* finds all of them. An attempt to reach one is an alert.")),
	}
}
