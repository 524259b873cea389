package deliver

import (
	"context"
	"encoding/json"
	"strings"

	"linklog/service/remote"
)

// slack posts to an incoming webhook: https://api.slack.com/messaging/webhooks
type slack struct{ *poster }

// What Slack recommends as the most of a text; here in bytes.
const slackMost = 4000

// entities are the three characters to escape:
// https://api.slack.com/reference/surfaces/formatting#escaping
var entities = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func (s *slack) Send(ctx context.Context, m *Message) error {
	// Plain text in a block, so that nothing in it is markup; text is for notifications.
	text := remote.Shorter(m.Title+"\n"+m.Text, slackMost)
	body, err := json.Marshal(map[string]any{
		"text":   entities.Replace(text),
		"blocks": []any{map[string]any{"type": "section", "text": map[string]any{"type": "plain_text", "text": remote.Shorter(text, 3000), "emoji": false}}},
	})
	if err != nil {
		return &Refused{err}
	}
	_, err = s.post(ctx, "", "application/json", body, nil)
	return err
}
