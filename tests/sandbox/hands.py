"""What a desk of the stand-in can do beside its tickets."""

from typing import Any

Json = dict[str, Any]


class Hands:
    """Orders to the account's control API."""

    def order(self, part: str, body: Json | None = None, query: Json | None = None) -> Any:
        """The control API of this account."""
        raise NotImplementedError

    def play(self, action: str, ticket_id: int = 0, **said: Any) -> Json:
        """Plays an agent or an end user."""
        answer: Json = self.order("/play", {"action": action, "ticket_id": ticket_id, **said})
        return answer


class KnowledgeHands(Hands):
    """The Help Center, and tickets of the past."""

    def help_center(self, **changes: Any) -> Json:
        """The Help Center: `is_on`, `locales`, `segments`, `articles` …; with changes: `is_on`, `article_ids` made."""
        answer: Json = self.order("/help_center", changes or None)
        return answer

    def add_articles(self, *articles: Json) -> list[int]:
        """Makes articles: `title`, `body`, `draft`, `restricted`, `section`, `translations` …; their ids."""
        found: list[int] = self.help_center(articles=list(articles))["article_ids"]
        return found

    def edit_article(self, article_id: int, **said: Any) -> Json:
        """Changes an article: its words, `draft`, `restricted`, `archive`, `restore`, `delete`, `quiet` …"""
        answer: Json = self.order(f"/help_center/articles/{article_id}", said)
        return answer

    def add_past_tickets(self, *tickets: Json) -> list[int]:
        """Makes solved tickets: `subject`, `text`, `fields` {id: value}, `answer`, `created_at` …; their numbers."""
        found: list[int] = self.order("/past_tickets", {"tickets": list(tickets)})["ticket_ids"]
        return found


class SunshineHands(Hands):
    """Sunshine Conversations and its Agent Workspace."""

    def sunshine(self, **changes: Any) -> Json:
        """The account's Sunshine app: `app_id`, `keys`, `conversations`, `webhooks` …; options are changed first."""
        answer: Json = self.order("/sunshine", changes or None)
        return answer

    @property
    def app_id(self) -> str:
        """The id of its Sunshine app."""
        return str(self.sunshine()["app_id"])

    def sunshine_key(self, scope: str = "app") -> tuple[str, str]:
        """Key id and secret of its first key of that scope."""
        found = next(key for key in self.sunshine()["keys"] if key["scope"] == scope)
        return found["id"], found["secret"]

    def conversations(self) -> list[Json]:
        """Every Sunshine conversation: `id`, `metadata`, `messages`, `control`, `captured`, `ticket_id`, `agent`."""
        found: list[Json] = self.sunshine()["conversations"]
        return found

    def agent_reply(self, conversation_id: str, text: str, **said: Any) -> str:
        """An agent answers in the Agent Workspace; the message's id."""
        return str(self.play("chat_reply", conversation_id=conversation_id, text=text, **said)["message_id"])

    def agent_file(self, conversation_id: str, url: str, **said: Any) -> str:
        """An agent sends a file, or an image with `kind="image"`; the message's id."""
        return str(self.play("chat_file", conversation_id=conversation_id, url=url, **said)["message_id"])

    def automatic_text(self, conversation_id: str, text: str) -> str:
        """A trigger of Zendesk says something; the message's id."""
        return str(self.play("automatic_text", conversation_id=conversation_id, text=text)["message_id"])

    def end_chat(self, conversation_id: str, **said: Any) -> None:
        """The agent ends the session."""
        self.play("chat_end", conversation_id=conversation_id, **said)

    def event_calls(self) -> list[Json]:
        """Every call with Sunshine events: `target`, `status`, `events`, `attempts`."""
        found: list[Json] = self.order("/sunshine/calls")["calls"]
        return found
