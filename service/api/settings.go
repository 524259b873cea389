package api

// SettingsText is the settings file of the service.
type SettingsText struct {
	Path   string `json:"path"`
	Text   string `json:"text"`
	Absent bool   `json:"absent,omitempty"` // there is none: Text is what it would begin with, all by default
}
