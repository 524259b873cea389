package deliver

import (
	"context"
	"encoding/json"

	"linklog/service/remote"
)

// telegram sends as a bot: https://core.telegram.org/bots/api#sendmessage
type telegram struct {
	*poster
	token, chat string
}

// The most characters of a message; here in bytes.
const telegramMost = 4096

func (t *telegram) Send(ctx context.Context, m *Message) error {
	// Without parse_mode, so that nothing in the text is markup.
	body, err := json.Marshal(struct {
		Chat    string         `json:"chat_id"`
		Text    string         `json:"text"`
		Preview map[string]any `json:"link_preview_options"`
	}{t.chat, remote.Shorter(m.Title+"\n"+m.Text, telegramMost), map[string]any{"is_disabled": true}})
	if err != nil {
		return &Refused{err}
	}
	_, err = t.post(ctx, "/bot"+t.token+"/sendMessage", "application/json", body, nil)
	return err
}
