"""What the media mix learns: draws of its unknowns, by nutpie, from mix_density; and what they say of each channel."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from shopkeeper import sampler
from shopkeeper.attribution import mix_density
from shopkeeper.attribution.mix_model import Evidence, contrasts, places, unknowns
from shopkeeper.attribution.transforms import Floats


@dataclass(frozen=True)
class Mix:
    """What was learnt of a brand's channels.

    evidence   what the model was told
    known      draws by name, draws first: see mix_model.unknowns
    checks     of sampler.Drawn
    """

    evidence: Evidence
    known: Mapping[str, Floats]
    checks: dict[str, float]

    def __len__(self) -> int:
        return len(self.known["roas"])

    @property
    def is_sound(self) -> bool:
        """Whether the sampler may be trusted."""
        return sampler.is_sound(self.checks)


def fit(evidence: Evidence, seed: int, draws: int = 1300, look: sampler.Look = sampler.draw) -> Mix:
    """Learn from the evidence: two chains of so many draws."""
    evidence = Evidence._make(map(np.ascontiguousarray, evidence))  # in any other layout it would be compiled again
    zero_sum = contrasts(len(evidence.size))
    growth = np.zeros(places(evidence)["apart"].stop)
    growth[places(evidence)["roas"]] = evidence.prior_sd
    drawn = look(lambda z: mix_density.log_density(z, evidence, zero_sum), growth, seed, draws)
    return Mix(evidence, unknowns(drawn.flat, evidence), drawn.checks)


def glance(evidence: Evidence, seed: int) -> Mix:
    """The same in fewer draws, enough for a mean or a forecast that is made of many of them."""
    return fit(evidence, seed, 400, sampler.glance)
