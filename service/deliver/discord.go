package deliver

import (
	"context"
	"encoding/json"
	"strings"

	"linklog/service/remote"
)

// discord executes a webhook: https://discord.com/developers/docs/resources/webhook#execute-webhook
type discord struct{ *poster }

// The most characters of a message; here in bytes.
const discordMost = 2000

// markdown takes the meaning from what Discord would read as markup.
var markdown = strings.NewReplacer(
	`\`, `\\`, "*", `\*`, "_", `\_`, "~", `\~`, "`", "\\`", "|", `\|`, ">", `\>`, "#", `\#`, "-", `\-`, "[", `\[`, "]", `\]`, "(", `\(`, ")", `\)`, "<", `\<`, "@", `\@`, ":", `\:`,
)

func (d *discord) Send(ctx context.Context, m *Message) error {
	body, err := json.Marshal(struct {
		Content  string              `json:"content"`
		Mentions map[string][]string `json:"allowed_mentions"` // nobody, whatever the text says
	}{remote.Shorter("**"+markdown.Replace(m.Title)+"**\n"+markdown.Replace(m.Text), discordMost), map[string][]string{"parse": {}}})
	if err != nil {
		return &Refused{err}
	}
	_, err = d.post(ctx, "", "application/json", body, nil)
	return err
}
