"""All benchmarks, one after the other: `make bench`. Quote ratios and medians, not single times."""

from benchmarks import against_per_request, budget, commands, judges, studies

for part in (budget, judges, against_per_request, commands, studies):
    print(f"\n{(part.__doc__ or '').splitlines()[0]}\n")
    part.main()
