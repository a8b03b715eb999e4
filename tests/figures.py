"""Draw the figures of the pages: ``python -m tests.figures``."""

from pathlib import Path

import cidmesa as cm

__all__ = ["draw"]


def draw(folder: Path) -> Path:
    """Draw the two corners, training process and mesa-optimizer, into ``folder``."""
    scenario = cm.load("hubinger2019/two-corners")
    return cm.save(scenario.of("deceptive"), folder / "two-corners.svg", compare_with="base")


if __name__ == "__main__":
    images = Path(__file__).parent.parent / "docs" / "images"
    images.mkdir(exist_ok=True)
    draw(images)
