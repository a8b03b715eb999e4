"""Draw the figures of the pages: ``python -m tests.figures``."""

from pathlib import Path

import cidmesa as cm

__all__ = ["draw", "draw_charts"]


def draw(folder: Path) -> Path:
    """Draw the two corners, training process and mesa-optimizer, into ``folder``."""
    scenario = cm.load("hubinger2019/two-corners")
    return cm.save(scenario.of("deceptive"), folder / "two-corners.svg", compare_with="base")


def draw_charts(folder: Path) -> list[Path]:
    """Draw the charts of docs/sweeps.md into ``folder``."""
    corners, faking = cm.load("hubinger2019/two-corners"), cm.load("greenblatt2024/alignment-faking")
    flip = cm.conditions(corners, {"deceptive": True}, over=["mu"], of="deceptive")
    bands = cm.sweep(corners, {"mu": "0:1:41", "spec": "deceptive,unaware,per-episode"}, ask="deceptive")
    edge = cm.conditions(faking, {"deceptive": True}, over=["mu", "N"], of="visible")
    phase = cm.sweep(faking, {"mu": "0:1:41", "N": "1:6:26"}, ask="deceptive")
    over = {"mu": "0:1:11", "tau": "0:1:11", "N": "1:9:9"}
    alone = cm.sweep(faking, over, ask="optimal", scheme="alone")
    return [
        cm.curves(bands, at=flip, title="Is it deceptive?").save(folder / "sweep-bands.svg"),
        cm.phase(phase, at=edge, title="Alignment faking: is it deceptive?").save(folder / "sweep-phase.svg"),
        cm.tornado(alone, title="Alignment faking: value of the best plan").save(folder / "sweep-tornado.svg"),
    ]


if __name__ == "__main__":
    images = Path(__file__).parent.parent / "docs" / "images"
    images.mkdir(exist_ok=True)
    draw(images)
    draw_charts(images)
