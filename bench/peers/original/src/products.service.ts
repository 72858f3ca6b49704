import { Injectable, NotFoundException } from "@nestjs/common";
import { InjectRepository } from "@nestjs/typeorm";
import { isUUID } from "class-validator";
import { Repository } from "typeorm";

import type { ListProductsDto } from "./list-products.dto";
import { Product } from "./product.entity";

/** A product as clients see it. */
type ProductView = Omit<Product, "images"> & { images: string[] };

@Injectable()
export class ProductsService {
  constructor(@InjectRepository(Product) private readonly products: Repository<Product>) {}

  async list({ limit, offset, gender }: ListProductsDto): Promise<ProductView[]> {
    const products = await this.products.find({
      where: { gender },
      relations: { images: true, user: true },
      // Ordered by their images too, `take` would count rows of the join instead of products
      // (https://github.com/typeorm/typeorm/issues/12877).
      order: { id: "ASC" },
      take: limit,
      skip: offset,
    });
    return products.map(view);
  }

  /** By its id, its slug, or its title in any case, in one query. */
  async find(term: string): Promise<ProductView> {
    const query = this.products
      .createQueryBuilder("product")
      .leftJoinAndSelect("product.images", "image")
      .leftJoinAndSelect("product.user", "user");
    if (isUUID(term)) {
      query.where("product.id = :term", { term });
    } else {
      query.where("product.slug = :slug OR LOWER(product.title) = :slug", {
        slug: term.toLowerCase(),
      });
    }
    const product = await query.getOne();
    if (!product) throw new NotFoundException(`Product with ${term} not found`);
    return view(product);
  }
}

function view(product: Product): ProductView {
  const images = product.images.sort((a, b) => a.id - b.id).map(({ url }) => url);
  return { ...product, images };
}
