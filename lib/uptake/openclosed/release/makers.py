"""Which model a run is of, and who made it, read from the name on the leaderboard."""

import re


def base_model(name: str) -> str:
    """Return a model's name without its settings, so that all its runs count as one model.

    Examples
    --------
    >>> base_model("gpt-5 (high)"), base_model("DeepSeek-V3.2-Exp (Chat)")
    ('gpt-5', 'DeepSeek-V3.2-Exp')
    """
    return re.sub(r"\s*\(.*\)$", "", str(name))


def maker(base: str) -> str:
    """Return who made a model, from how its name begins; the name itself where it is one of a kind.

    Examples
    --------
    >>> maker("o3"), maker("claude-opus-4"), maker("QwQ-32B")
    ('OpenAI', 'Anthropic', 'Alibaba')
    """
    for lab, begins in _MAKERS.items():
        if base.lower().startswith(begins):
            return lab
    return base


_MAKERS = {
    "OpenAI": ("gpt", "o1", "o3", "o4", "openai/", "chatgpt"),
    "Anthropic": ("claude",),
    "Google": ("gemini", "gemma"),
    "DeepSeek": ("deepseek",),
    "Alibaba": ("qwen", "qwq", "openrouter/qwen", "codeqwen"),
    "xAI": ("grok",),
    "Mistral": ("mistral", "codestral"),
}
