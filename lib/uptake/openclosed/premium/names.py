"""Which names a model of the capability index has in the price lists.

The index writes "Claude Opus 4.5", the lists "claude-opus-4-5". Most names follow one rule; the
others are listed below, read off the lists by us. A name that moves from model to model
(deepseek-reasoner, qwen-max) is never used: its price is not that of one model.
"""

import re
from collections.abc import Iterable

import pandas as pd

LISTED = {
    "GPT-3.5 Turbo": ("gpt-3.5-turbo", "gpt-3.5-turbo-0613"),
    "GPT-4 (Mar 2023)": ("gpt-4-0314",),
    "GPT-4 (Jun 2023)": ("gpt-4-0613",),
    "GPT-4 Turbo (Apr 2024)": ("gpt-4-turbo",),
    "GPT-4.5": ("gpt-4.5-preview",),
    "Claude 2.1": ("claude-2-1",),
    "Claude Instant": ("claude-instant-1-2", "claude-instant"),
    "Gemini 1.0 Pro": ("gemini-pro", "gemini-1.0-pro"),
    "Gemini 1.5 Pro": ("gemini-1.5-pro", "gemini-1.5-pro-preview-0215", "gemini-1.5-pro-001"),
    "Gemini 1.5 Flash": ("gemini-1.5-flash", "gemini-1.5-flash-001"),
    "Gemini 2.0 Flash": ("gemini-2.0-flash", "gemini-2.0-flash-001"),
    "Gemini 2.0 Pro": ("gemini-2.0-pro-exp-02-05",),
    "Gemini 2.5 Flash": (
        "gemini-2.5-flash",
        "gemini-2.5-flash-preview-04-17",
        "gemini-2.5-flash-preview-05-20",
    ),
    "Gemini 2.5 Flash (Apr 2025)": ("gemini-2.5-flash-preview-04-17",),
    "Gemini 2.5 Flash (May 2025)": ("gemini-2.5-flash-preview-05-20",),
    "Gemini 2.5 Flash (Sep 2025)": ("gemini-2.5-flash-preview-09-2025",),
    "Gemini 2.5 Pro (Mar 2025)": ("gemini-2.5-pro-preview-03-25", "gemini-2.5-pro-exp-03-25"),
    "Gemini 2.5 Pro (May 2025)": ("gemini-2.5-pro-preview-05-06",),
    "Gemini 2.5 Pro (Jun 2025)": ("gemini-2.5-pro", "gemini-2.5-pro-preview-06-05"),
    "Gemini 3 Pro": ("gemini-3-pro", "gemini-3-pro-preview"),
    "Gemini 3 Flash": ("gemini-3-flash", "gemini-3-flash-preview"),
    "Gemini 3.1 Pro": ("gemini-3.1-pro", "gemini-3.1-pro-preview"),
    "Grok-2": ("grok-2", "grok-2-1212"),
    "Grok 3": ("grok-3", "grok-3-beta"),
    "Grok-3 mini": ("grok-3-mini", "grok-3-mini-beta"),
    "Grok 4": ("grok-4", "grok-4-0709"),
    "Grok 4 Fast": ("grok-4-fast", "grok-4-fast-reasoning"),
    "Mistral Large": ("mistral-large-2402", "mistral-large-2402-v1"),
    "Mistral Large 2": ("mistral-large-2407", "mistral-large-2407-v1"),
    "Mistral Medium 3": ("mistral-medium-2505", "mistral-medium-3"),
    "DeepSeek-V2 (MoE-236B)": ("deepseek-v2",),
    "DeepSeek-V3 (Mar 2025)": ("deepseek-v3-0324",),
    "DeepSeek-R1 (May 2025)": ("deepseek-r1-0528",),
    "Qwen2.5-Coder (7B)": ("qwen2.5-coder-7b",),
    "Qwen2.5-Coder (32B)": ("qwen2.5-coder-32b", "qwen25-coder-32b"),
    "Qwen2.5-Max": (),
    "Qwen3-235B-A22B (Jul 2025)": ("qwen3-235b-a22b-thinking-2507", "qwen3-235b-a22b-2507"),
    "Qwen3-235B-A22B-Thinking (Jul 2025)": ("qwen3-235b-a22b-thinking-2507",),
    "Qwen3-235B-A22B-Instruct (Jul 2025)": ("qwen3-235b-a22b-2507",),
    "Llama 3.2 90B": ("llama-3.2-90b-vision",),
    "Kimi K2": ("kimi-k2", "kimi-k2-0711-preview"),
    "Kimi K2 (Jul 2025)": ("kimi-k2", "kimi-k2-0711-preview"),
    "Magistral Small 1.1": (),
    "phi-3-mini 3.8B": ("phi-3-mini", "phi-3-mini-4k"),
    "phi-3-small 7.4B": ("phi-3-small", "phi-3-small-8k"),
    "phi-3-medium 14B": ("phi-3-medium", "phi-3-medium-4k"),
}
"""Names in the lists where the rule of `price_names` does not find them, or not all of them.

Nothing is listed for a model that is sold only under a name that moves, or not at all.
"""


def price_names(model: str) -> tuple[str, ...]:
    """Return the names under which the price lists sell a model of the index.

    Without an entry in `LISTED`: what stands in brackets is dropped, letters are made small,
    blanks become hyphens, and so do the points of Claude's versions.

    Parameters
    ----------
    model : str
        Name in the capability index.

    Returns
    -------
    tuple of str
        Canonical names of the table ``api_prices``; whether it lists them is not checked here.

    Examples
    --------
    >>> price_names("Claude Opus 4.5"), price_names("GPT-4o (Aug 2024)")
    (('claude-opus-4-5',), ('gpt-4o',))
    """
    if model in LISTED:
        return LISTED[model]
    name = re.sub(r"\s*\(.*\)$", "", model).lower().replace(" ", "-")
    return (name.replace(".", "-") if name.startswith("claude") else name,)


def base(model: str) -> str:
    """Return a model's name without the version in brackets.

    Examples
    --------
    >>> base("Gemini 2.5 Pro (Jun 2025)")
    'Gemini 2.5 Pro'
    """
    return re.sub(r"\s*\(.*\)$", "", model)


def links(models: Iterable[str]) -> pd.DataFrame:
    """Return one row per model and name in the lists.

    Parameters
    ----------
    models : iterable of str
        Names in the index.

    Returns
    -------
    DataFrame
        ``name`` (in the index) and ``model`` (in the price lists).

    Examples
    --------
    >>> links(["Grok 3"])["model"].tolist()
    ['grok-3', 'grok-3-beta']
    """
    rows = [(name, listed) for name in models for listed in price_names(name)]
    return pd.DataFrame(rows, columns=["name", "model"])
