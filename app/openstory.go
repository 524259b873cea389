package app

import "linklog/app/story"

// openStory opens the page of a host or a device. In the list of pages, that of all of them is marked.
func (s *shell) openStory(sub story.Subject) {
	p := s.page(pageStory)
	if s.current == p && sub == s.app.pages.story.Subject() {
		return
	}
	of := pageHosts
	if sub.Device {
		of = pageDevices
	}
	item := s.page(of).item
	if s.current == p {
		s.leave()
		p.item.SetChosen(false)
		item.SetChosen(true)
	}
	s.app.pages.story.Open(sub)
	p.item = item
	s.open(pageStory)
}
