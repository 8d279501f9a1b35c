"""One release of litellm's price list, read into rows like those of ``api_prices``."""

import json
import re
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

MEMBER = "litellm/model_prices_and_context_window_backup.json"
LARGEST_MEMBER = 50_000_000  # bytes; the list had 3 million in November 2026
_MODES = {"chat", "responses", "completion"}
# What zipfile raises for damage, a password (RuntimeError) and a packing that it does not know.
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError)

# Who sells, by the list's own name for it. Names that are not here stand for themselves.
_HOSTS = {
    "azure_ai": "azure",
    "azure_text": "azure",
    "bedrock_converse": "bedrock",
    "cloudflare": "cloudflare-workers-ai",
    "codestral": "mistral",
    "cohere_chat": "cohere",
    "dashscope": "alibaba",
    "fireworks_ai": "fireworks-ai",
    "gemini": "google",
    "gmi": "gmicloud",
    "lambda_ai": "lambda",
    "meta_llama": "meta",
    "moonshot": "moonshotai",
    "novita": "novita-ai",
    "text-completion-codestral": "mistral",
    "text-completion-openai": "openai",
    "together_ai": "togetherai",
}
RESELLERS = frozenset(
    "aihubmix aiml github_copilot chatgpt gradient_ai heroku llamagate ollama openrouter "
    "perplexity poe snowflake vercel_ai_gateway watsonx".split()
)
# A word at the end of a name that says how the same weights are served.
_VARIANTS = ("turbo", "fast", "nvfp4", "fp4", "fp8", "fp16", "awq", "maas", "us", "basic")
# Parts of a name that say nothing about which weights they are.
_NOISE = (
    (r"^(us-gov|us|eu|apac|au|jp|global|ca)\.", ""),
    (r"^(ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral)\.", ""),
    (r"^(moonshot|moonshotai|nvidia|openai|qwen|writer|xai|zai)\.", ""),
    (r"-v\d+:\d+$", ""),
    (r":\d+$", ""),
    (r"[-@](20\d\d-\d\d-\d\d|20\d{6}|default)$", ""),
    (r"^(meta-|fw-|nvidia-|databricks-(?!dbrx))", ""),
    (r"(?<=\d)p(?=\d)", "."),
    (r"^qwen-?(\d)", r"qwen\1"),
    (r"^llama-?v?(\d)", r"llama-\1"),
    (r"-(instruct|chat|it)(?=-|$)", ""),
    (r"^(llama-4-(scout|maverick))-17b-\d+e", r"\1"),
)  # fmt: skip


def read_member(archive: Path) -> dict[str, dict]:
    """Return the price list inside a release, refusing one that is larger than it can be.

    Parameters
    ----------
    archive : pathlib.Path
        A wheel of litellm.

    Returns
    -------
    dict
        Entry of each key of the list.

    Raises
    ------
    ValueError
        If the file is no archive, is damaged, or has no list; or if the list is no JSON object
        of objects, or larger than 50 million bytes.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile(suffix=".whl") as file:
    ...     with zipfile.ZipFile(file, "w") as wheel:
    ...         wheel.writestr(MEMBER, '{"gpt-4o": {"mode": "chat"}}')
    ...     read_member(Path(file.name))
    {'gpt-4o': {'mode': 'chat'}}
    """
    try:
        # Only this member is opened, in memory: whatever names or links the others bear, no file
        # is written. The size in the directory of an archive can lie, so the bytes are counted.
        with zipfile.ZipFile(archive) as wheel, wheel.open(MEMBER) as member:
            content = member.read(LARGEST_MEMBER + 1)
    except KeyError:
        raise ValueError(f"{archive.name} has no member {MEMBER}; try another month") from None
    except _DAMAGED as error:
        raise ValueError(f"{archive.name} cannot be unpacked ({error}); fetch it again") from error
    if len(content) > LARGEST_MEMBER:
        raise ValueError(
            f"{MEMBER} in {archive.name} is larger than {LARGEST_MEMBER:,} bytes; try another month"
        )
    return _entries(content, archive.name)


def _entries(content: bytes, name: str) -> dict[str, dict]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{MEMBER} in {name} is no JSON ({error}); try another month") from error
    if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
        raise ValueError(f"{MEMBER} in {name} is no object of objects; try another month")
    return found


def canonical(key: str, provider: str) -> tuple[str, str]:
    """Return model and variant that a key of the list stands for.

    Parameters
    ----------
    key, provider : str
        Key of the entry, and its ``litellm_provider``.

    Returns
    -------
    model, variant : str
        The name that all hosts share, and how the weights are served; blank for plainly.

    Examples
    --------
    >>> canonical("us.anthropic.claude-opus-4-1-20250805-v1:0", "bedrock_converse")
    ('claude-opus-4-1', '')
    >>> canonical("together_ai/Qwen/Qwen2.5-72B-Instruct-Turbo", "together_ai")
    ('qwen2.5-72b', 'turbo')
    """
    model, variant = key.rsplit("/", 1)[-1].lower(), ""
    for pattern, plain in _NOISE:
        model = re.sub(pattern, plain, model)
    for word in _VARIANTS:
        if model.endswith(f"-{word}") and not model.startswith(("gpt-", "gemini")):
            model, variant = model.removesuffix(f"-{word}"), word
    if key.endswith("-latest") and provider == "mistral":
        model, variant = model.removesuffix("-latest"), "moving-alias"
    return re.sub(r"-(instruct|chat|it)$", "", model), variant


def prices(
    entries: Mapping[str, Mapping], known: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, int], list[str]]:
    """Return the rows of a list, what was left out and why, and the models of unknown weights.

    Parameters
    ----------
    entries : mapping
        What `read_member` returns.
    known : DataFrame
        Columns model, developer, weights, weights_basis, released: one row for each model whose
        weights are known.

    Returns
    -------
    rows : DataFrame
        Columns of ``api_prices`` save month, list, snapshot and outlier; prices in USD per
        million tokens; of repeated keys of a host the cheapest.
    left_out : dict
        Number of entries left out, by reason.
    unknown : list of str
        Models that are not in ``known``.

    Examples
    --------
    >>> entry = {"mode": "chat", "litellm_provider": "openai"}
    >>> entry |= {"input_cost_per_token": 2.5e-06, "output_cost_per_token": 1e-05}
    >>> known = pd.DataFrame([{"model": "gpt-4o", "developer": "OpenAI", "weights": "closed"}])
    >>> rows, left_out, unknown = prices({"gpt-4o": entry, "gpt-9": entry}, known)
    >>> rows[["model", "input_usd_per_mtok", "output_usd_per_mtok"]].values.tolist()
    [['gpt-4o', 2.5, 10.0]]
    >>> left_out["weights unknown"], unknown
    (1, ['gpt-9'])
    """
    rows, left_out = [], {"not text": 0, "no price": 0, "reseller": 0, "weights unknown": 0}
    unknown, models = set(), known.set_index("model")
    for key, entry in entries.items():
        provider = str(entry.get("litellm_provider", "")).replace("vertex_ai-", "vertex_ai/")
        host = provider.split("/")[0].removesuffix("_ai") if "vertex" in provider else provider
        model, variant = canonical(key, provider)
        if reason := _left_out(entry, host, model, models.index):
            left_out[reason] += 1
            unknown |= {model} if reason == "weights unknown" else set()
            continue
        row = {"host": _HOSTS.get(host, host), "model": model, "variant": variant}
        rows.append(row | models.loc[model].to_dict() | _per_million(entry))
    frame = pd.DataFrame(rows).sort_values("input_usd_per_mtok", kind="stable")
    frame = frame.drop_duplicates(["host", "model", "variant"])
    return frame.sort_values(["host", "model", "variant"]), left_out, sorted(unknown)


def _left_out(entry: Mapping, host: str, model: str, known: pd.Index) -> str | None:
    if entry.get("mode") not in _MODES or "sample_spec" in entry:
        return "not text"
    if not (entry.get("input_cost_per_token") and entry.get("output_cost_per_token")):
        return "no price"
    if host in RESELLERS:
        return "reseller"
    return None if model in known else "weights unknown"


def _per_million(entry: Mapping) -> dict[str, float | None]:
    cached = entry.get("cache_read_input_token_cost")
    return {
        "input_usd_per_mtok": round(1e6 * float(entry["input_cost_per_token"]), 6),
        "output_usd_per_mtok": round(1e6 * float(entry["output_cost_per_token"]), 6),
        "cached_input_usd_per_mtok": round(1e6 * float(cached), 6) if cached else None,
    }
