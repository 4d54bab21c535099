//! Tables on the terminal.

/// Rows under a heading, each column as wide as its widest cell. The last column runs as long as it likes.
pub(crate) fn table<const N: usize>(heading: [&str; N], rows: &[[String; N]]) -> String {
    let mut widths = heading.map(|it| it.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: [&str; N]| {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            line.push_str(cell);
            let gap = width.saturating_sub(cell.chars().count()) + 2;
            line.extend(std::iter::repeat_n(' ', gap));
        }
        line.trim_end().to_owned()
    };
    let mut lines = vec![line(heading)];
    for row in rows {
        lines.push(line(std::array::from_fn(|nth| row[nth].as_str())));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["a".into(), "1".into()], ["退款".into(), "22".into()]];
        assert_eq!(table(["NAME", "N"], &rows), "NAME  N\na     1\n退款    22");
    }
}
