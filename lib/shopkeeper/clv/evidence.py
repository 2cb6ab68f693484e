"""Evidence: how each model did on earlier days beside simple rules, whether the sampler converged, and what lifetimes finds."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from shopkeeper.clv.fit import collapse, maximum_likelihood
from shopkeeper.clv.holdout import NAIVE
from shopkeeper.clv.models import PARAMETERS, histories, log_likelihood
from shopkeeper.clv.origins import CHOSEN
from shopkeeper.clv.posterior import Posterior
from shopkeeper.clv.spend import MOST_CORRELATED, GammaGamma
from shopkeeper.clv.study import Study, mean_scores
from shopkeeper.report.style import ACCENT, INK, SOFT, WARM, figure, house_style
from shopkeeper.report.words import Kind, Sentence, Value, Words, count, day, percent, plain, say

_SAME = 1e-6  # difference of mean log-likelihoods that is none

METHODS: dict[str, Sentence] = {
    "bgnbd": plain("BG/NBD"),
    "mbgnbd": plain("MBG/NBD"),
    "pareto_nbd": plain("Pareto/NBD"),
    "rate": say("rule: all go on at their pace so far"),
    "recency": say("rule: as those whose last order is as long ago"),
    "last_year": say("rule: the same weeks of a year ago, or the last 13"),
}
COMPARED: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Told by"), "text"),
    "log_score": (say("Log score, higher is better"), "text"),
    "mae": (say("Mean error, orders a customer"), "text"),
    "gini": (say("Ranking (Gini, 1 is perfect)"), "text"),
    "lift": (say("Best tenth, times the mean"), "text"),
    "coverage": (say("90% intervals that held"), "percent"),
    "bias": (say("Predicted against actual"), "change"),
}
TOTALS: dict[str, tuple[Sentence, Kind]] = {
    "origin": (say("Looked ahead from"), "day"),
    "came": (say("Orders in 13 weeks"), "count"),
    "predicted": (say("Predicted"), "count"),
    "naive": (say("Simple rule"), "count"),
}


def compared_rows(study: Study) -> pd.DataFrame:
    """One row per method, the best log score first: means over the earlier days; bias: of all orders, relative."""
    if study.compared.empty:
        return pd.DataFrame()
    grouped = study.compared.groupby("method")
    table = grouped[["log_score", "mae", "gini", "lift", "coverage"]].mean()
    sums = grouped[["predicted", "came"]].sum()
    table = table.assign(bias=sums.predicted / sums.came - 1).sort_values("log_score", ascending=False)
    for name, digits in {"log_score": 3, "mae": 3, "gini": 2, "lift": 1}.items():
        table[name] = [_exact(value, digits) for value in table[name]]
    return table.assign(what=[METHODS[str(name)] for name in table.index]).reset_index()


def _exact(value: float, digits: int = 3) -> str:
    return f"{value:.{digits}f}".replace("-", "−") if np.isfinite(value) else "–"


def compared_title(study: Study) -> Sentence:
    """Which model won, or that none beats a simple rule."""
    if study.compared.empty:
        return untested(study)
    scores = mean_scores(study.compared)
    rule = str(scores[list(NAIVE)].idxmax())
    facts: dict[str, Value | Sentence | str] = {
        "n": count(study.compared.origin.nunique()), "days": count(CHOSEN), "model": METHODS[study.model], "rule": METHODS[rule],
        "ours": _exact(scores[study.model]), "theirs": _exact(scores[rule]),
    }  # fmt: skip
    if not study.is_better:
        return say(
            "On {n} earlier days no model told the next {days} weeks better than a simple rule ({rule}; {theirs} against {ours} of "
            "{model}): so nothing is decided by it",
            **facts,
        )
    return say(
        "On {n} earlier days {model} told best how many orders each customer would place in the next {days} weeks ({ours}), better "
        "than the best simple rule ({rule}; {theirs})",
        **facts,
    )


def untested(study: Study) -> Sentence:
    """That the data are too short to compare anything."""
    return say(
        "The data are too short to hold the model against four earlier days, so {model} is not tested here, and nothing is decided by it",
        model=METHODS[study.model],
    )  # fmt: skip


def mae_told(study: Study) -> Sentence:
    """Whether the mean error tells the same story as the log score."""
    if study.compared.empty:
        return untested(study)
    errors = study.compared.groupby("method").mae.mean()
    rule = str(errors[list(NAIVE)].idxmin())
    facts: dict[str, Value | Sentence | str] = {
        "rule": METHODS[rule], "theirs": _exact(errors[rule]), "model": METHODS[study.model], "ours": _exact(errors[study.model]),
    }  # fmt: skip
    if errors[study.model] <= errors[rule]:
        return say(
            "By the mean error too {model} is nearer ({ours} orders a customer) than any of the rules ({rule}: {theirs}).",
            **facts,
        )
    return say(
        "By the mean error alone, a simple rule is nearer ({rule}: {theirs} orders a customer, {model}: {ours}); it gives no chances "
        "and no intervals, which is what value is made of.",
        **facts,
    )


def total_rows(study: Study) -> pd.DataFrame:
    """One row per earlier day: orders that came in the 13 weeks after it, and what the model and the better of two rules said.

    The rule of recency is left out: it is read off what came, so its total is always right.
    """
    if study.compared.empty:
        return pd.DataFrame()
    rule = str(mean_scores(study.compared)[["rate", "last_year"]].idxmax())
    by = study.compared.pivot(index="origin", columns="method", values="predicted")
    came = study.compared.groupby("origin").came.first()
    table = pd.DataFrame({"came": came, "predicted": by[study.model], "naive": by[rule]})
    return table.reset_index()


def totals_title(rows: pd.DataFrame, study: Study) -> Sentence:
    """How far all orders were off, of the model and of the best simple rule."""
    if rows.empty:
        return untested(study)
    ours, theirs = ((rows[name] / rows.came - 1).abs().mean() for name in ("predicted", "naive"))
    verdict = say("nearer than a simple rule") if ours < theirs else say("no nearer than a simple rule")
    return say(
        "All orders of the 13 weeks after each day were missed by {ours} in the mean, {verdict} ({theirs}); what moves everyone, such as "
        "a season, no model of customers knows",
        ours=percent(ours), theirs=percent(theirs), verdict=verdict,
    )  # fmt: skip


def plot_totals(rows: pd.DataFrame, words: Words) -> Figure:
    """Orders that came after each earlier day, and what was said."""
    with house_style():
        drawn = figure(2.4)
        axes = drawn.subplots()
        for name, colour, mark, label in (
            ("came", INK, "o", say("came")), ("predicted", ACCENT, "D", say("predicted")), ("naive", WARM, "x", say("simple rule")),
        ):  # fmt: skip
            axes.plot(
                range(len(rows)),
                rows[name],
                color=colour,
                marker=mark,
                markersize=5,
                linewidth=1,
                label=words.text(label),
            )
        axes.set_xticks(range(len(rows)), [_month(words, when) for when in rows.origin])
        axes.set_ylim(0, 1.15 * rows[["came", "predicted", "naive"]].to_numpy().max())
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(count(tick))))
        axes.grid(axis="y", color=SOFT, linewidth=0.3)
        drawn.legend(loc="outside upper left", ncols=3)
        return drawn


def _month(words: Words, when: object) -> str:
    text = words.value(day(pd.Timestamp(str(when)).date()))
    return text.rsplit(" ", 1)[0] if words.language == "en" else text.split("年")[1]


def not_sound(posterior: Posterior) -> Sentence:
    """The banner where the sampler did not converge."""
    return say(
        "The sampler did not converge (R-hat {r_hat}, at most 1.01; effective draws {ess}, at least 400; divergences {gone}, none "
        "allowed): figures of value are not to be relied on, and nothing is decided by them.",
        r_hat=f"{posterior.checks['r_hat']:.3f}", ess=count(posterior.checks["ess"]), gone=count(posterior.checks["divergences"]),
    )  # fmt: skip


def sound_told(study: Study) -> Sentence:
    """Convergence, and how near lifetimes' maximum likelihood comes."""
    checks = study.posterior.checks
    facts: dict[str, Value | Sentence | str] = {
        "r_hat": f"{checks['r_hat']:.3f}",
        "ess": count(checks["ess"]),
        "gone": count(checks["divergences"]),
    }
    said = say(
        "Sampler: R-hat {r_hat} (1.01 at most), {ess} effective draws (400 at least), {gone} divergences (none).",
        **facts,
    )
    apart = lifetimes_apart(study)
    if apart is None:
        return say("{said} lifetimes found no maximum for these customers, so it could not be asked.", said=said)
    if abs(apart) < _SAME:
        return say(
            "{said} lifetimes, asked for the same model, finds the same maximum likelihood to six digits.", said=said
        )
    worse = say(
        "{said} lifetimes, asked for the same model, stops where the log-likelihood of a customer lies {apart} lower than ours.",
        said=said,
        apart=f"{-apart:.4f}",
    )
    better = say(
        "{said} lifetimes, asked for the same model, finds a log-likelihood of a customer that lies {apart} higher than ours.",
        said=said,
        apart=f"{apart:.4f}",
    )
    return worse if apart < 0 else better


def lifetimes_apart(study: Study) -> float | None:
    """By how much the mean log-likelihood of a customer under lifetimes' parameters lies from that under ours; None where it finds none.

    On customers collapsed by the week, all taken as alike. Source: lifetimes 0.11.3, fitters with weights.
    """
    import lifetimes

    rows = collapse(study.customers[["frequency", "recency", "T"]], days=7)
    fitter = {"bgnbd": lifetimes.BetaGeoFitter, "mbgnbd": lifetimes.ModifiedBetaGeoFitter, "pareto_nbd": lifetimes.ParetoNBDFitter}[study.model]  # fmt: skip
    try:
        found = fitter().fit(rows.frequency, rows.recency, rows["T"], weights=rows.n).params_
    except lifetimes.utils.ConvergenceError:
        return None
    first, *others = (float(found[name]) for name in PARAMETERS[study.model])
    data = histories(rows)
    theirs = log_likelihood(study.model, (first, *(np.array([each]) for each in others)), data)  # type: ignore[arg-type]
    apart = (theirs @ data.n - maximum_likelihood(study.model, rows).log_likelihood) / data.n.sum()
    return float(apart) if np.isfinite(apart) else None


def drift_told(study: Study) -> Sentence | None:
    """By how much paces are taken to move, since they did on earlier days; None where they did not."""
    if not study.posterior.drift:
        return None
    return say(
        "Customers' paces move here: on earlier days the chances were best where each pace was taken to rise or fall by {share} (one standard "
        "deviation). So it is in what is told of single customers.",
        share=percent(study.posterior.drift**0.5),
    )  # fmt: skip


def spend_told(study: Study) -> Sentence:
    """The correlation of frequency with spend, and what is used for spend because of it."""
    facts: dict[str, Value | Sentence | str] = {
        "r": _exact(study.correlation, 2),
        "limit": f"{MOST_CORRELATED:g}",
    }
    if isinstance(study.spend, GammaGamma):
        return say(
            "How often customers come back and what their orders bring correlate by {r} (up to {limit} Gamma-Gamma may be used, which "
            "takes them as independent): it is used.",
            **facts,
        )
    if study.correlation > MOST_CORRELATED:
        return say(
            "How often customers come back and what their orders bring correlate by {r}, above {limit}: Gamma-Gamma, which takes them as "
            "independent, is not used, but a regression of what an order brings on how often one comes.",
            **facts,
        )
    return say(
        "How often customers come back and what their orders bring correlate by {r}. Some orders bring nothing or cost money, or all "
        "bring alike, which Gamma-Gamma does not allow: a regression of what an order brings on how often one comes is used.",
        **facts,
    )
